import type { Backend, StateWrite } from "../backends/backend.js";
import type { Consumer, Settlement } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { Logger } from "../logger.js";
import { backoffMs } from "../util/backoff.js";
import { Batcher } from "../util/batcher.js";
import { type Clock, delay } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import type { WireSignature } from "../wire/signature.js";
import type { FollowUps } from "./follow-ups.js";

/** A delivery at its end: what to store, what may follow from it, and how to settle the message. */
export interface Completion {
  readonly settle: Settlement;
  /** The state to store; absent where there is none (the message's id could not be read). */
  readonly write?: StateWrite;
  /** The terminal state found stored already, instead of `write`: a redelivery. */
  readonly stored?: string;
  /** Present where other tasks may follow; what follows is computed from the state that is stored in the end. */
  readonly signature?: WireSignature;
  /** Told when it is through: the claim was ours to the last, or was lost on the way. */
  readonly done: (kept: boolean) => void;
}

/**
 * Ends tasks, in batches, in the order that loses nothing: terminal state, what follows from it, and the acknowledgement last. Each
 * step can be repeated, so that a batch which meets a broken broker or backend is tried again, with back-off, as long as the worker
 * holds its claims; a crash anywhere before the last step means redelivery and the same steps once more.
 */
export class Committer {
  readonly #backend: Backend;
  readonly #consumer: Consumer;
  readonly #followUps: FollowUps;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #batches: Batcher<Completion>;
  readonly #stop = new AbortController();

  constructor(parts: { backend: Backend; consumer: Consumer; followUps: FollowUps; clock: Clock; logger: Logger }) {
    this.#backend = parts.backend;
    this.#consumer = parts.consumer;
    this.#followUps = parts.followUps;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#batches = new Batcher((batch) => this.#commitWithRetries(batch), { maxInFlight: 4 });
  }

  add(completion: Completion): void {
    this.#batches.add(completion);
  }

  /** Gives up what is being retried: its messages go back when the consumer closes. */
  stop(): void {
    this.#stop.abort();
  }

  async #commitWithRetries(batch: Completion[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await this.#commit(batch);
        return;
      } catch (error) {
        if (this.#stop.signal.aborted || (error instanceof MachineryError && error.code === "ERR_CLOSED")) break;
        const pauseMs = backoffMs(failures, { baseMs: 200, maxMs: 5000 });
        this.#logger.warn({ err: error, tasks: batch.length, pauseMs }, "results could not be stored or settled; trying again");
        await delay(this.#clock, pauseMs, this.#stop.signal);
      }
    }
    for (const completion of batch) completion.done(false);
  }

  async #commit(batch: Completion[]): Promise<void> {
    const writes: StateWrite[] = [];
    for (const { write } of batch) if (write) writes.push(write);
    const outcomes = writes.length === 0 ? [] : await this.#backend.write(writes);
    crashPoint?.("terminal");
    await this.#followUps.send(batch, outcomes);
    crashPoint?.("before-ack");
    const settled = await this.#consumer.settle(batch.map((completion) => completion.settle));
    crashPoint?.("acked");
    for (let i = 0; i < batch.length; i++) batch[i]!.done(settled[i] === "ok");
  }
}
