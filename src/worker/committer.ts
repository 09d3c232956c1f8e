import type { Backend, Commit, Continue } from "../backends/backend.js";
import type { Broker, Consumer } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { Logger } from "../logger.js";
import { backoffMs } from "../util/backoff.js";
import { Batcher } from "../util/batcher.js";
import { type Clock, delay } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { isFollowed } from "../workflow/follow-up.js";
import type { Completion } from "./completion.js";
import type { Continuation, FollowUps } from "./follow-ups.js";
import type { ResultTeller } from "./result-teller.js";

export interface CommitterParts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly consumer: Consumer;
  readonly followUps: FollowUps;
  readonly teller: ResultTeller;
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
  /** Absent where states and claims are kept in different places. */
  readonly #atOnce: Commit | undefined;
  /** Absent where messages are kept in another place than these. */
  readonly #continue: Continue | undefined;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#atOnce = parts.backend.commitWith?.(parts.consumer);
    this.#continue = parts.backend.continueWith?.(parts.broker, parts.consumer);
    this.#batches = new Batcher((batch) => this.#commitWithRetries(batch), { maxInFlight: 4 });
  }

  add(completion: Completion): void {
    this.#batches.add(completion);
  }

  /** Gives up what is being retried: its messages go back when the consumer closes. */
  stop(): void {
    this.#stop.abort();
  }

  async #commitWithRetries(all: Completion[]): Promise<void> {
    const { clock, logger, onThrough } = this.#parts;
    const sent = new Set<string>();
    let batch = all;
    for (let failures = 0; ; failures++) {
      try {
        if (this.#atOnce !== undefined) batch = await this.#commitAtOnce(this.#atOnce, batch);
        if (this.#continue !== undefined) batch = await this.#continueAtOnce(this.#continue, batch, sent);
        if (batch.length > 0) await this.#commit(batch, sent);
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

  /** Ends those in one step that have a result and nothing to follow; resolves to the others. */
  async #commitAtOnce(commit: Commit, batch: Completion[]): Promise<Completion[]> {
    const plain = batch.filter(isPlain);
    if (plain.length === 0) return batch;
    const others = plain.length === batch.length ? [] : batch.filter((completion) => !isPlain(completion));
    const { written, settled } = await commit(
      plain.map(({ write }) => write!),
      plain.map(({ settle }) => settle),
    );
    crashPoint?.("acked");
    for (let i = 0; i < plain.length; i++) {
      plain[i]!.written(written[i]!);
      if (settled === undefined) others.push(plain[i]!);
      else this.#parts.onThrough(plain[i]!, settled[i] === "ok");
    }
    return others;
  }

  /** Ends those in one step, together with what follows, after which other tasks simply run; resolves to the others. */
  async #continueAtOnce(continueWith: Continue, batch: Completion[], sent: Set<string>): Promise<Completion[]> {
    const plans = new Map<Completion, Continuation>();
    for (const completion of batch) {
      const { signature, write } = completion;
      const plan = signature && isEnd(completion) ? this.#parts.followUps.plan(signature, write!) : undefined;
      if (plan) plans.set(completion, plan);
    }
    if (plans.size === 0) return batch;
    const ending = [...plans.keys()];
    const continuations = [...plans.values()];
    const messages = continuations.flatMap((continuation) => continuation.messages);
    const outcome = await continueWith(
      [...ending.map(({ write }) => write!), ...continuations.flatMap(({ pending }) => pending)],
      messages,
      ending.map(({ settle }) => settle),
    );
    if (outcome === undefined) return batch;
    const { written, published, settled } = outcome;
    for (const [i, completion] of ending.entries()) completion.written(written[i]!);
    for (const [i, { id }] of messages.entries()) if (published?.[i]?.status === "ok") sent.add(id);
    if (settled === undefined) return batch;
    crashPoint?.("acked");
    for (const [i, completion] of ending.entries()) this.#parts.onThrough(completion, settled[i] === "ok");
    return batch.filter((completion) => !plans.has(completion));
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
      const writes = left.map(({ write }) => write!);
      const outcomes = await this.#parts.backend.write(writes);
      for (let i = 0; i < left.length; i++) left[i]!.written(outcomes[i]!);
      this.#parts.teller.stored(writes, outcomes);
    }
  }
}

/** Whether there is no next attempt: the end of its claim does not depend on what becomes of its state. */
function isEnd({ unwritten, settle, next }: Completion): boolean {
  return unwritten && next === undefined && settle.as !== "delay";
}

/** Whether its state and the end of its claim are all there is. */
function isPlain(completion: Completion): boolean {
  const { signature } = completion;
  return isEnd(completion) && (signature === undefined || !isFollowed(signature));
}

const isUnwritten = (completion: Completion): boolean => completion.unwritten;
