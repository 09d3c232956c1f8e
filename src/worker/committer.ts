import type { Backend } from "../backends/backend.js";
import type { Broker, Consumer } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { Logger } from "../logger.js";
import { backoffMs } from "../util/backoff.js";
import { Batcher } from "../util/batcher.js";
import { type Clock, delay } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import type { Completion } from "./completion.js";
import type { FollowUps } from "./follow-ups.js";

export interface CommitterParts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly consumer: Consumer;
  readonly followUps: FollowUps;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when a completion is through: with `kept`, its claim was held to the last; without, it was lost on the way. */
  readonly onThrough: (completion: Completion, kept: boolean) => void;
}

/**
 * Ends tasks, in batches, in the order that loses nothing: terminal state, what follows from it, and the acknowledgement last. Each
 * step can be repeated, so that a batch which meets a broken broker or backend is tried again, with back-off, as long as the worker
 * holds its claims; a crash anywhere before the last step means redelivery and the same steps once more.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #batches: Batcher<Completion>;
  readonly #stop = new AbortController();

  constructor(parts: CommitterParts) {
    this.#parts = parts;
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
    const { clock, logger, onThrough } = this.#parts;
    const sent = new Set<string>();
    for (let failures = 0; ; failures++) {
      try {
        await this.#commit(batch, sent);
        return;
      } catch (error) {
        if (this.#stop.signal.aborted || (error instanceof MachineryError && error.code === "ERR_CLOSED")) break;
        const pauseMs = backoffMs(failures, { baseMs: 200, maxMs: 5000 });
        logger.warn({ err: error, tasks: batch.length, pauseMs }, "results could not be stored or settled; trying again");
        await delay(clock, pauseMs, this.#stop.signal);
      }
    }
    for (const completion of batch) onThrough(completion, false);
  }

  /** @param sent the ids of follow-ups that are out, kept from one try to the next */
  async #commit(batch: readonly Completion[], sent: Set<string>): Promise<void> {
    const { consumer, followUps, onThrough } = this.#parts;
    await this.#sendNext(batch);
    await this.#store(batch);
    crashPoint?.("terminal");
    await followUps.send(batch, sent);
    crashPoint?.("before-ack");
    const outcomes = await consumer.settle(batch.map((completion) => completion.settle));
    crashPoint?.("acked");
    for (let i = 0; i < batch.length; i++) onThrough(batch[i]!, outcomes[i] === "ok");
  }

  /** Where that is a step of its own it comes first: a state that speaks of an attempt which is nowhere would end the task for good. */
  async #sendNext(batch: readonly Completion[]): Promise<void> {
    const unsent = batch.filter(({ next, isNextSent }) => next !== undefined && !isNextSent);
    if (unsent.length === 0) return;
    const outcomes = await this.#parts.broker.publish(unsent.map(({ next }) => next!));
    let failure: Error | undefined;
    for (let i = 0; i < unsent.length; i++) {
      const outcome = outcomes[i]!;
      if (outcome.status === "ok") unsent[i]!.isNextSent = true;
      else failure ??= outcome.error;
    }
    if (failure) throw failure;
    crashPoint?.("retry-published");
  }

  async #store(batch: readonly Completion[]): Promise<void> {
    // Twice at most: a result that can never be stored is then a FAILURE that says so.
    for (let left = batch.filter(isUnwritten); left.length > 0; left = left.filter(isUnwritten)) {
      const outcomes = await this.#parts.backend.write(left.map(({ write }) => write!));
      for (let i = 0; i < left.length; i++) left[i]!.written(outcomes[i]!);
    }
  }
}

const isUnwritten = (completion: Completion): boolean => completion.unwritten;
