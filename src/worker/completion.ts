import type { StateWrite, WriteOutcome } from "../backends/backend.js";
import type { Delivery, Message, Settlement } from "../brokers/broker.js";
import { errorText } from "../util/error-text.js";
import type { WireSignature } from "../wire/signature.js";
import { StateRecord } from "../wire/state.js";
import { isTerminalJson } from "../wire/state-text.js";
import type { Job } from "./job.js";

/** A delivery at its end: what to store, what may follow from it, and how to settle the message. */
export class Completion {
  settle: Settlement;
  /** The state to store; absent where there is none, or it is stored already. */
  write: StateWrite | undefined;
  /** Whether the state that counts is not `write` but of another run, or of an earlier delivery. */
  refused = false;
  /** The next attempt, where the broker cannot put it in this one's place in one step: it is out before the state says so. */
  next: Message | undefined;
  isNextSent = false;
  /** Whether what follows from it has been sent. */
  followed = false;
  /** Present where other tasks may follow. */
  readonly signature: WireSignature | undefined;
  /** The task that ran, where one did. */
  readonly job: Job | undefined;
  #answered = false;
  #before: string | undefined;

  constructor(settle: Settlement, write?: StateWrite, signature?: WireSignature, job?: Job) {
    this.settle = settle;
    this.write = write;
    this.signature = signature;
    this.job = job;
  }

  /** Of a message that was delivered again after the end of its task: what follows from it may be missing, the state is not. */
  static replay(job: Job, stored: string): Completion {
    const completion = new Completion({ delivery: job.delivery, as: "ack" }, undefined, job.signature, job);
    completion.#before = stored;
    completion.refused = true;
    return completion;
  }

  /** When the next attempt is due, where there is one. */
  get until(): number | undefined {
    return this.settle.as === "delay" ? this.settle.until : this.next?.notBefore;
  }

  get delivery(): Delivery {
    return this.settle.delivery;
  }

  /** Whether the backend has not said yet what became of the write. */
  get unwritten(): boolean {
    return this.write !== undefined && !this.#answered;
  }

  /** The state that counts in the end, once that is known: the one written, or one that was there before and is final. */
  get stored(): string | undefined {
    return this.#before ?? (this.#answered ? this.write?.json : undefined);
  }

  written(outcome: WriteOutcome): void {
    if (outcome.ok) {
      this.#answered = true;
    } else if (outcome.stored !== null) {
      this.#answered = true;
      this.#before = outcome.stored;
      this.refused = true;
      // It has ended before: there is no next attempt.
      if (this.settle.as === "delay" && isTerminalJson(outcome.stored)) this.settle = { delivery: this.delivery, as: "ack" };
    } else {
      this.#cannotBeStored(outcome.error);
    }
  }

  /** What the backend will never take becomes a FAILURE with the reason; where it does not take that either, a dead letter. */
  #cannotBeStored(reason: Error): void {
    const { id, name, state, createdAt, ttlMs, notify } = this.write!;
    if (state === "FAILURE") {
      this.#answered = true;
      this.refused = true;
      this.settle = { delivery: this.delivery, as: "dead", reason: reason.message };
      return;
    }
    const error = errorText(new Error(`the ${state === "SUCCESS" ? "result" : "state"} cannot be stored: ${reason.message}`));
    this.write = new StateRecord(id, name, "FAILURE", null, error, createdAt, ttlMs, notify);
    if (this.settle.as === "delay") this.settle = { delivery: this.delivery, as: "ack" };
  }
}
