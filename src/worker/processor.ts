import type { Backend, StateWrite } from "../backends/backend.js";
import type { Broker, Delivery } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import { events } from "../events.js";
import { hear, type Invoke, runInline } from "../executors/inline.js";
import type { ThreadPool } from "../executors/pool.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { backoffMs } from "../util/backoff.js";
import { Bag } from "../util/bag.js";
import { type Clock, delay } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { taskCancelled } from "../wire/cancelled.js";
import type { MessageLimits } from "../wire/limits.js";
import { rfc3339 } from "../wire/time.js";
import { attemptNote, isOutdated } from "./attempts.js";
import { Completer, type CompleterParts } from "./completer.js";
import { ContractSkews } from "./contract-skews.js";
import { readDelivery } from "./intake.js";
import type { Job, JobSurroundings } from "./job.js";
import { LeftBehind } from "./left-behind.js";
import { direct } from "./middleware.js";
import { ProgressTeller } from "./progress-teller.js";
import { isChordCallback, RunLocks } from "./run-locks.js";
import type { Slots } from "./slots.js";
import { stateWrite } from "./state-write.js";
import { StrangeFields } from "./strange-fields.js";
import { Suspects } from "./suspects.js";
import { Watchdog } from "./watchdog.js";
import { type WorkerTasks, workerTasks } from "./worker-task.js";

export interface ProcessorParts extends Omit<CompleterParts, "onLate" | "onLeft"> {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tag: string;
  readonly handlers: Dispatch;
  readonly invoke: Invoke;
  /** There where a task of `handlers` wants one. */
  readonly threads: ThreadPool | undefined;
  readonly limits: MessageLimits;
  readonly maxCrashes: number;
  readonly leaseMs: number;
  readonly blockedAfterMs: number | undefined;
  /** What deliveries hold until they are through. */
  readonly slots: Slots;
}

/** How long the loop may be blocked; less, where a third of the lease is less. */
const DEFAULT_BLOCKED_MS = 1000;
/** How long a suspect too many waits, in milliseconds. */
const SUSPECT_PAUSE_MS = 500;
/** How long nothing else is taken while a suspect runs: what kills its worker mostly does so at once. */
const SUSPECT_ALONE_MS = 1_000;

/** The way of deliveries through a worker: read, announce, run; how they end is the completer's. */
export class Processor {
  readonly #parts: ProcessorParts;
  readonly #completer: Completer;
  readonly #locks: RunLocks;
  readonly #jobs = new Bag<Job>();
  readonly #suspects = new Suspects();
  readonly #leftBehind: LeftBehind;
  readonly #surroundings: JobSurroundings;
  readonly #strangeFields: StrangeFields;
  readonly #skews: ContractSkews;
  readonly #tasks: WorkerTasks;
  readonly #watchdog: Watchdog;
  readonly #stop = new AbortController();

  constructor(parts: ProcessorParts) {
    this.#parts = parts;
    this.#strangeFields = new StrangeFields(parts.logger);
    this.#skews = new ContractSkews(parts.logger);
    this.#tasks = workerTasks(parts.handlers);
    const { leaseMs } = parts;
    this.#locks = new RunLocks(parts.backend, parts.clock, leaseMs);
    this.#surroundings = { logger: parts.logger, progress: new ProgressTeller(parts.broker, parts.clock) };
    this.#leftBehind = new LeftBehind(parts.slots, parts.clock, parts.logger);
    this.#completer = new Completer({
      ...parts,
      onLate: (job) => {
        this.#leftBehind.ended(job);
        job.entry.lastTurn = this.#watchdog.turn;
      },
      onLeft: (job) => this.#left(job),
    });
    this.#watchdog = new Watchdog({
      worker: parts.tag,
      limitMs: parts.blockedAfterMs ?? Math.min(DEFAULT_BLOCKED_MS, leaseMs / 3),
      logger: parts.logger,
      changedIn: (turn) => [...this.#tasks].filter(([, { lastTurn }]) => lastTurn === turn).map(([name]) => name),
      running: () => [...this.#running(), ...this.#leftBehind.names()],
    });
  }

  /** Starts what a `take` brought. Resolves when all of it is running or on its way out. */
  async accept(deliveries: readonly Delivery[]): Promise<void> {
    const { limits, clock } = this.#parts;
    const jobs: Job[] = [];
    const postponed: Promise<void>[] = [];
    for (const delivery of deliveries) {
      const intake = readDelivery(delivery, this.#tasks, limits, this.#surroundings, this.#strangeFields, this.#skews);
      if (intake.kind === "refused") this.#completer.putAside(delivery, intake);
      else if (intake.kind === "unknown") this.#completer.hold(delivery, intake.signature);
      else if (this.#suspects.isOneTooMany(intake.job)) {
        postponed.push(this.#suspects.gone(intake.job));
        this.#completer.postpone(intake.job, clock.now() + SUSPECT_PAUSE_MS, true);
      } else jobs.push(intake.job);
    }
    // What is to be spared a suspect's company has to be gone before that one runs.
    if (postponed.length > 0) await Promise.all(postponed);
    if (jobs.some((job) => this.#suspects.isSuspect(job))) await this.#parts.consumer.rest?.();
    for (const job of jobs) this.#jobs.add(job);
    const free = jobs.some(isChordCallback) ? await this.#locked(jobs) : jobs;
    if (free.length > 0) await this.#start(free);
  }

  /** Resolves when there is no suspect here, or there has been one for a while: what is taken beside it would see its death, too. */
  async apart(signal: AbortSignal): Promise<void> {
    const { solitude } = this.#suspects;
    if (solitude === undefined) return;
    await delay(this.#parts.clock, SUSPECT_ALONE_MS, AbortSignal.any([signal, solitude]));
    this.#suspects.endSolitude();
  }

  /** The worker stops for good: nothing new is written, running tasks get their signal; what is not settled goes back by itself. */
  stop(reason: Error): void {
    this.#stop.abort();
    this.#completer.stop();
    this.#leftBehind.stop();
    this.#watchdog.stop();
    this.#surroundings.progress.stop();
    for (const job of [...this.#jobs]) {
      job.abandon(reason);
      this.#locks.release(job);
    }
  }

  /** Ends those of these tasks that run here; that they have ended is stored already. */
  cancel(uuids: ReadonlySet<string>): void {
    for (const job of [...this.#jobs]) {
      if (!uuids.has(job.uuid) || job.over || job.abandoned || job.cancellation !== undefined) continue;
      const reason = taskCancelled(job.name);
      job.cancel(reason);
      // A thread is ended by its pool, and the task with it; one that has not begun will not.
      if (job.started && !onThread(job)) this.#endWithoutHandler(job, reason);
    }
  }

  /** Others may be running these now: their signal says so, and how they end here decides nothing that it need not. */
  lost(deliveries: readonly Delivery[]): void {
    const gone = new Set(deliveries);
    for (const job of [...this.#jobs]) if (gone.has(job.delivery)) job.abandon(claimLost(job));
  }

  /** Those that may run now; a chord's callback that runs elsewhere comes again later. */
  async #locked(jobs: readonly Job[]): Promise<Job[]> {
    const may = await this.#untilAnswered(() => Promise.all(jobs.map((job) => this.#locks.take(job))));
    return jobs.filter((job, i) => {
      if (may === undefined) this.#left(job);
      else if (!may[i]) this.#completer.postpone(job, this.#locks.retryAt());
      return may?.[i];
    });
  }

  /** Without those of which a later attempt is under way: it was sent before its worker died, or lost its connection. */
  async #withoutOutdated(jobs: readonly Job[]): Promise<readonly Job[]> {
    const { broker, backend } = this.#parts;
    if (broker.capabilities.atomicSettle || !backend.capabilities.keeps) return jobs;
    const suspects = jobs.filter(({ delivery }) => delivery.crashes > 0);
    if (suspects.length === 0) return jobs;
    const stored = await this.#untilAnswered(() => backend.read(suspects.map(({ uuid }) => uuid)));
    const outdated = new Set(suspects.filter(({ uuid, attempt }, i) => isOutdated(stored?.[i] ?? null, uuid, attempt)));
    for (const job of outdated) this.#completer.outdated(job);
    return outdated.size === 0 ? jobs : jobs.filter((job) => !outdated.has(job));
  }

  /** RECEIVED and STARTED for all of them at once, then each its own way. */
  async #start(received: readonly Job[]): Promise<void> {
    crashPoint?.("read");
    const jobs = await this.#withoutOutdated(received);
    if (jobs.length === 0) return;
    const { clock, broker } = this.#parts;
    const now = rfc3339(clock.now());
    const writes: StateWrite[] = [];
    for (const job of jobs) {
      const ttlMs = this.#completer.ttlOf(job);
      const note = broker.capabilities.atomicSettle ? null : attemptNote(job.attempt);
      writes.push(
        stateWrite(job.signature, "RECEIVED", note, "", now, ttlMs),
        stateWrite(job.signature, "STARTED", note, "", now, ttlMs),
      );
    }
    const outcomes = await this.#untilAnswered(() => this.#parts.backend.write(writes));
    crashPoint?.("started");
    for (let i = 0; i < jobs.length; i++) {
      const job = jobs[i]!;
      const outcome = outcomes?.[2 * i + 1];
      if (outcome === undefined || job.abandoned) this.#left(job);
      else if (!outcome.ok && outcome.stored !== null) this.#completer.replay(job, outcome.stored);
      else if (!outcome.ok) this.#refuse(job, outcome.error);
      else if (job.cancellation !== undefined) this.#completer.threw(job, job.cancellation);
      else if (job.delivery.crashes >= this.#parts.maxCrashes) this.#refuse(job, crashed(job.delivery));
      else if (job.signature.ChordCallback && !this.#parts.backend.capabilities.keeps) this.#refuse(job, chordless(job));
      else this.#run(job);
    }
  }

  #refuse(job: Job, error: Error): void {
    this.#completer.putAside(job.delivery, { error, task: job.signature, signature: job.signature }, job);
  }

  #run(job: Job): void {
    const {
      handler,
      definition: { policy },
    } = job.entry;
    job.started = true;
    if (events.taskStarted.hasSubscribers) {
      events.taskStarted.publish({ uuid: job.uuid, name: job.name, queue: job.queue, attempt: job.attempt });
    }
    if (policy.run === "thread") {
      // Only middlewares need its context here; without them the price of that, which every promise pays, is saved.
      if (this.#parts.invoke === direct) hear(job, this.#runOnThread(job), this.#completer);
      else runInline(job, this.#parts.invoke, this.#runOnThread, [job], this.#completer);
      return;
    }
    job.entry.lastTurn = this.#watchdog.turn;
    if (policy.timeoutMs !== undefined) this.#limitTime(job, policy.timeoutMs);
    runInline(job, this.#parts.invoke, handler, job.args, this.#completer);
  }

  /** The tasks whose handlers have been called on the loop, and that are not through. */
  #running(): string[] {
    return [...this.#jobs].filter((job) => job.started && !onThread(job)).map(({ name }) => name);
  }

  /** In the place of the handler, so that middlewares go around it as around any. */
  readonly #runOnThread = (job: Job): Promise<unknown> => this.#parts.threads!.run(job, job.entry.definition.policy.timeoutMs);

  /** A task whose time is up has failed there and then. */
  #limitTime(job: Job, timeoutMs: number): void {
    job.timer = this.#parts.clock.after(timeoutMs, () => {
      const error = new MachineryError("ERR_TASK_TIMEOUT", `the task ran longer than its time-out of ${timeoutMs} ms.`, {
        at: job.name,
      });
      job.abort(error);
      this.#endWithoutHandler(job, error);
    });
  }

  /** A handler that goes on in spite of its signal is not waited for. */
  #endWithoutHandler(job: Job, error: Error): void {
    this.#leftBehind.add(job);
    this.#completer.threw(job, error);
  }

  /** A backend that is down keeps tasks waiting, not failing: their messages stay claimed, and nothing more is taken meanwhile. */
  async #untilAnswered<T>(ask: () => Promise<T>): Promise<T | undefined> {
    const { clock, logger } = this.#parts;
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        return await ask();
      } catch (error) {
        const pauseMs = backoffMs(failures, { baseMs: 200, maxMs: 5000 });
        logger.warn({ err: error, pauseMs }, "the result backend cannot be reached; trying again");
        await delay(clock, pauseMs, this.#stop.signal);
      }
    }
    return undefined;
  }

  #left(job: Job | undefined): void {
    if (job) {
      if (job.started && !onThread(job)) job.entry.lastTurn = this.#watchdog.turn;
      this.#jobs.delete(job);
      this.#suspects.left(job);
      this.#locks.release(job);
    }
    this.#parts.slots.release();
  }
}

function onThread({ entry }: Job): boolean {
  return entry.definition.policy.run === "thread";
}

function crashed({ queue, crashes }: Delivery): MachineryError {
  return new MachineryError("ERR_TASK_CRASHED", `the worker died ${crashes} times while it held this message.`, {
    at: queue,
    hint: "Look at what this task does to its process (memory, exit, native code), then redrive the dead letter.",
  });
}

/** The callback would never be sent. Said before the task runs, so that it can be redriven to workers that keep results. */
function chordless({ queue }: Job): MachineryError {
  return new MachineryError("ERR_UNSUPPORTED", "the task is a member of a chord, and this worker's result backend keeps nothing.", {
    at: queue,
    hint: "Give its workers a result backend, the sender's, then redrive the dead letter.",
  });
}

function claimLost({ uuid }: Job): MachineryError {
  return new MachineryError("ERR_CLAIM_LOST", "the claim on this task's message was lost; another worker may be running it.", {
    at: uuid,
  });
}
