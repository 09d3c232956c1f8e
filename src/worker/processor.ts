import type { Backend, StateName, StateWrite, WriteOutcome } from "../backends/backend.js";
import type { Delivery, Settlement } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import { events } from "../events.js";
import { type Invoke, type Outcome, runInline } from "../executors/inline.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { backoffMs } from "../util/backoff.js";
import { type Clock, delay } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import type { MessageLimits } from "../wire/limits.js";
import type { WireSignature } from "../wire/signature.js";
import { rfc3339 } from "../wire/time.js";
import { nextAttempt, wishOf } from "../workflow/retry.js";
import type { FollowMessage } from "../workflow/steps.js";
import type { Committer } from "./committer.js";
import { errorText } from "./failure.js";
import { readDelivery } from "./intake.js";
import { type Job, stateOf } from "./job.js";
import { holdUnknownTask, type UnknownTaskPolicy } from "./unknown-task.js";

export interface ProcessorParts {
  readonly backend: Backend;
  readonly committer: Committer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dispatch: Dispatch;
  readonly invoke: Invoke;
  readonly limits: MessageLimits;
  readonly resultTtlMs: number;
  readonly maxCrashes: number;
  readonly unknownTasks: UnknownTaskPolicy | undefined;
  /** Told when deliveries are through, whatever became of them: their slots are free. */
  readonly onFree: (count: number) => void;
  readonly onTaskError: (job: Job, error: unknown) => void;
}

/** The way of deliveries through a worker: read, announce, run, complete. */
export class Processor implements Outcome<Job> {
  readonly #parts: ProcessorParts;
  readonly #jobs = new Set<Job>();
  readonly #stop = new AbortController();

  constructor(parts: ProcessorParts) {
    this.#parts = parts;
  }

  /** Starts what a `take` brought. Resolves when all of it is running or on its way out. */
  async accept(deliveries: readonly Delivery[]): Promise<void> {
    const { dispatch, limits, logger, maxCrashes, clock, resultTtlMs } = this.#parts;
    const jobs: Job[] = [];
    for (const delivery of deliveries) {
      const intake = readDelivery(delivery, dispatch, limits, logger);
      if (intake.kind === "bad") this.#putAside(delivery, undefined, intake.error);
      else if (intake.kind === "misfit") this.#putAside(delivery, intake.signature, intake.error);
      else if (delivery.crashes > maxCrashes)
        this.#putAside(delivery, intake.kind === "job" ? intake.job.signature : intake.signature, crashed(delivery));
      else if (intake.kind === "unknown") this.#hold(delivery, intake.signature);
      else jobs.push(intake.job);
    }
    if (jobs.length === 0) return;
    crashPoint?.("read");

    const now = rfc3339(clock.now());
    const writes: StateWrite[] = [];
    for (const { signature } of jobs) {
      writes.push(
        stateOf(signature, "RECEIVED", null, "", now, resultTtlMs),
        stateOf(signature, "STARTED", null, "", now, resultTtlMs),
      );
    }
    for (const job of jobs) this.#jobs.add(job);
    const outcomes = await this.#writeUntilStored(writes);
    crashPoint?.("started");
    for (let i = 0; i < jobs.length; i++) {
      const job = jobs[i]!;
      const outcome = outcomes?.[2 * i + 1];
      if (outcome === undefined) this.#leave(job);
      else if (outcome.ok) this.#run(job);
      else if (outcome.stored !== null) this.#replay(job, outcome.stored);
      else this.#refuse(job, outcome.error);
    }
  }

  /** The worker stops for good: nothing new is written, running tasks get their signal; what is not settled goes back by itself. */
  stop(reason: Error): void {
    this.#stop.abort();
    for (const job of this.#jobs) job.abort(reason);
  }

  /** Others may be running these now: their signal says so, and what they return will not be stored over another's result. */
  lost(deliveries: readonly Delivery[]): void {
    const gone = new Set(deliveries);
    for (const job of this.#jobs) {
      if (!gone.has(job.delivery)) continue;
      job.abort(
        new MachineryError("ERR_CLAIM_LOST", "the claim on this task's message was lost; another worker may be running it.", {
          at: job.uuid,
        }),
      );
    }
  }

  /** How many tasks are between their message and their end. */
  get running(): number {
    return this.#jobs.size;
  }

  #run(job: Job): void {
    const { handler, definition } = job.entry;
    if (events.taskStarted.hasSubscribers) {
      events.taskStarted.publish({ uuid: job.uuid, name: job.name, queue: job.queue, attempt: job.attempt });
    }
    if (definition.policy.timeoutMs !== undefined) this.#startTimer(job, definition.policy.timeoutMs);
    runInline(job, this.#parts.invoke, handler, job.args, this);
  }

  #startTimer(job: Job, timeoutMs: number): void {
    const expire = (): void =>
      job.abort(
        new MachineryError("ERR_TASK_TIMEOUT", `the task ran longer than its time-out of ${timeoutMs} ms.`, { at: job.name }),
      );
    job.timer = this.#parts.clock.after(timeoutMs, expire);
  }

  returned(job: Job, value: unknown): void {
    crashPoint?.("ran");
    let results: string;
    try {
      results = job.entry.definition.encodeResults(value);
    } catch (error) {
      this.threw(job, error);
      return;
    }
    this.#end(job, "SUCCESS", results, "");
  }

  threw(job: Job, error: unknown): void {
    this.#parts.onTaskError(job, error);
    const text = errorText(error);
    const next = nextAttempt(job.signature, text, wishOf(error), { now: this.#parts.clock.now(), queue: job.queue });
    if (next) this.#retry(job, text, next);
    else this.#end(job, "FAILURE", null, text);
  }

  /** The next attempt takes the place of this one in the queue, in one step where the broker can. */
  #retry(job: Job, error: string, { json, notBefore }: FollowMessage): void {
    job.timer?.cancel();
    const { clock, resultTtlMs, committer } = this.#parts;
    const until = notBefore ?? clock.now();
    const ttlMs = (job.entry.definition.policy.resultTtlMs ?? resultTtlMs) + until - clock.now();
    committer.add({
      settle: { delivery: job.delivery, as: "delay", until, body: Buffer.from(json) },
      write: stateOf(job.signature, "RETRY", null, error, rfc3339(clock.now()), ttlMs),
      done: (kept) => {
        this.#leave(job);
        if (kept && events.taskRetried.hasSubscribers) events.taskRetried.publish({ uuid: job.uuid, name: job.name, until, error });
      },
    });
  }

  #end(job: Job, state: StateName, results: string | null, error: string): void {
    job.timer?.cancel();
    const { clock, resultTtlMs } = this.#parts;
    const ttlMs = job.entry.definition.policy.resultTtlMs ?? resultTtlMs;
    this.#parts.committer.add({
      settle: { delivery: job.delivery, as: "ack" },
      signature: job.signature,
      write: stateOf(job.signature, state, results, error, rfc3339(clock.now()), ttlMs),
      done: (kept) => {
        this.#leave(job);
        if (kept && events.taskEnded.hasSubscribers) events.taskEnded.publish({ uuid: job.uuid, name: job.name, state, error });
      },
    });
  }

  /** Redelivered after its end: what follows from it may be missing, the state is not. */
  #replay(job: Job, stored: string): void {
    this.#parts.committer.add({
      settle: { delivery: job.delivery, as: "ack" },
      signature: job.signature,
      stored,
      done: () => this.#leave(job),
    });
  }

  /** The backend will never store a state under this id. */
  #refuse(job: Job, error: Error): void {
    this.#jobs.delete(job);
    this.#putAside(job.delivery, undefined, error);
  }

  #putAside(delivery: Delivery, signature: WireSignature | undefined, error: Error): void {
    const { clock, logger, resultTtlMs, committer, onFree } = this.#parts;
    logger.error({ queue: delivery.queue, uuid: signature?.UUID, err: error }, "message put aside as a dead letter");
    const settle: Settlement = { delivery, as: "dead", reason: error.message };
    const done = (): void => {
      onFree(1);
      if (events.messageDead.hasSubscribers) events.messageDead.publish({ queue: delivery.queue, reason: error.message });
    };
    if (!signature) {
      committer.add({ settle, done });
      return;
    }
    const write = stateOf(signature, "FAILURE", null, errorText(error), rfc3339(clock.now()), resultTtlMs);
    committer.add({ settle, done, signature, write });
  }

  #hold(delivery: Delivery, signature: WireSignature): void {
    const { clock, logger, unknownTasks, committer, onFree } = this.#parts;
    const verdict = holdUnknownTask(signature, clock.now(), unknownTasks);
    if (verdict.giveUp) {
      this.#putAside(delivery, signature, verdict.error);
      return;
    }
    logger.warn(
      { task: signature.Name, uuid: signature.UUID, until: verdict.until },
      "no handler knows this task; it is offered again later",
    );
    committer.add({
      settle: { delivery, as: "delay", until: verdict.until, body: verdict.body },
      done: () => {
        onFree(1);
        if (events.taskUnknown.hasSubscribers) {
          events.taskUnknown.publish({ uuid: signature.UUID, name: signature.Name, until: verdict.until });
        }
      },
    });
  }

  /** A backend that is down keeps the tasks waiting, not failing: their messages stay claimed, and nothing more is taken meanwhile. */
  async #writeUntilStored(writes: StateWrite[]): Promise<WriteOutcome[] | undefined> {
    const { backend, clock, logger } = this.#parts;
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        return await backend.write(writes);
      } catch (error) {
        const pauseMs = backoffMs(failures, { baseMs: 200, maxMs: 5000 });
        logger.warn({ err: error, pauseMs }, "the result backend cannot be written; trying again");
        await delay(clock, pauseMs, this.#stop.signal);
      }
    }
    return undefined;
  }

  #leave(job: Job): void {
    this.#jobs.delete(job);
    this.#parts.onFree(1);
  }
}

function crashed(delivery: Delivery): MachineryError {
  return new MachineryError("ERR_TASK_CRASHED", `the worker died ${delivery.crashes} times while it held this message.`, {
    at: delivery.queue,
    hint: "Look at what this task does to its process (memory, exit, native code), then redrive the dead letter.",
  });
}
