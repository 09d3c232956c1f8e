import type { Backend } from "../backends/backend.js";
import type { Broker, Consumer } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import { events } from "../events.js";
import type { TaskContext } from "../executors/context.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { backoffMs } from "../util/backoff.js";
import { type Clock, delay, type Timer } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import type { MessageLimits } from "../wire/limits.js";
import { Committer } from "./committer.js";
import { FollowUps } from "./follow-ups.js";
import { compose, type Middleware } from "./middleware.js";
import { Processor } from "./processor.js";
import { listenForSignals } from "./signals.js";
import type { UnknownTaskPolicy } from "./unknown-task.js";

export interface WorkerOptions {
  /** What to run: `dispatch(handlers)` of generated code. Default: the tasks registered on the server. */
  readonly handlers?: Dispatch;
  /** Where to take tasks from. Default: the server's default queue. */
  readonly queues?: readonly string[];
  /** How many tasks run at once. Default 10. */
  readonly concurrency?: number;
  /** Wraps every task, outermost first. Default: none. */
  readonly middleware?: readonly Middleware[];
  /** How long `stop` lets running tasks finish before it gives them back, in milliseconds. Default 25,000. */
  readonly graceMs?: number;
  /** What becomes of tasks that no handler knows. */
  readonly unknownTasks?: UnknownTaskPolicy;
  /** How often the worker may die over a message before it is put aside and its task failed. Default 5. */
  readonly maxCrashes?: number;
  /** How long a claim outlives the last sign of life of this process, in milliseconds. Default 30,000. */
  readonly leaseMs?: number;
  /** How often this process gives one, in milliseconds; at most a third of the lease. Default 5,000, or that third. */
  readonly heartbeatMs?: number;
}

/** What a worker works with; the server hands it over. */
export interface WorkerParts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: MessageLimits;
  readonly defaultQueue: string;
  readonly resultTtlMs: number;
  readonly callbackArgs: "append" | "prepend";
  /** `false` (Machinery's `no_unix_signals`): `launch` leaves SIGINT and SIGTERM alone. */
  readonly signals: boolean;
}

/** Takes messages and has their tasks run, until it is stopped. */
export class Worker {
  readonly tag: string;
  readonly queues: readonly string[];
  readonly #parts: WorkerParts;
  readonly #options: WorkerOptions & { readonly handlers: Dispatch };
  readonly #concurrency: number;
  readonly #logger: Logger;
  readonly #fetching = new AbortController();
  readonly #middlewares: Middleware[];
  #onTaskError: ((task: TaskContext, error: unknown) => void) | undefined;
  #run: { consumer: Consumer; committer: Committer; processor: Processor; loop: Promise<void> } | undefined;
  #stopping: Promise<void> | undefined;
  #alive: Timer | undefined;
  #free: number;
  #wake: (() => void) | undefined;
  #announceStopped!: () => void;
  readonly #stopped = new Promise<void>((resolve) => {
    this.#announceStopped = resolve;
  });

  constructor(tag: string, parts: WorkerParts, options: WorkerOptions & { readonly handlers: Dispatch }) {
    const { queues = [parts.defaultQueue], concurrency = 10, middleware = [] } = options;
    this.tag = tag;
    this.queues = queues;
    this.#parts = parts;
    this.#options = options;
    this.#concurrency = concurrency;
    this.#free = concurrency;
    this.#middlewares = [...middleware];
    this.#logger = parts.logger.child({ worker: tag });
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new MachineryError("ERR_CONFIG", `must be a whole number from 1, got ${concurrency}.`, { at: "concurrency" });
    }
  }

  /** Machinery's pre-task handler: called before each task; what it throws fails the task. */
  setPreTaskHandler(handler: (task: TaskContext) => void | Promise<void>): void {
    this.#middlewares.push(async (task, next) => {
      await handler(task);
      return next();
    });
  }

  /** Machinery's post-task handler: called after each task, whether it returned or threw. */
  setPostTaskHandler(handler: (task: TaskContext) => void | Promise<void>): void {
    this.#middlewares.push(async (task, next) => {
      try {
        return await next();
      } finally {
        await handler(task);
      }
    });
  }

  /** Machinery's error handler: told what a task threw. The task has failed all the same. */
  setErrorHandler(handler: (error: unknown, task: TaskContext) => void): void {
    this.#onTaskError = (task, error) => handler(error, task);
  }

  /** Starts, and resolves when the worker has stopped: by `stop()`, or by SIGINT or SIGTERM; a second signal ends the process at once. */
  async launch(): Promise<void> {
    const unlisten = this.#parts.signals ? listenForSignals((signal) => this.#onSignal(signal)) : undefined;
    try {
      await this.start();
      await this.#stopped;
    } finally {
      unlisten?.();
    }
  }

  /** Takes tasks from now on. Resolves when the queues are ready. */
  async start(): Promise<void> {
    if (this.#run || this.#stopping)
      throw new MachineryError("ERR_CLOSED", "this worker was started before; make a new one.", { at: this.tag });
    const { broker, backend, clock, limits, resultTtlMs, callbackArgs } = this.#parts;
    const { handlers, leaseMs, heartbeatMs, maxCrashes = 5, unknownTasks } = this.#options;
    await broker.declare(this.queues);
    const consumer = await broker.consume({
      queues: this.queues,
      capacity: this.#concurrency,
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      onLost: (deliveries) => {
        this.#logger.warn(
          { tasks: deliveries.length },
          "claims were lost: this process was not heard of in time, or the connection broke",
        );
        processor.lost(deliveries);
      },
    });
    const logger = this.#logger;
    const followUps = new FollowUps({
      broker,
      backend,
      clock,
      limits,
      callbackArgs,
      resultTtlMs,
      defaultQueue: this.#parts.defaultQueue,
    });
    const committer = new Committer({ backend, consumer, followUps, clock, logger });
    const processor = new Processor({
      backend,
      committer,
      clock,
      logger,
      dispatch: handlers,
      invoke: compose(this.#middlewares),
      limits,
      resultTtlMs,
      maxCrashes,
      unknownTasks,
      onFree: (count) => this.#onFree(count),
      onTaskError: (job, error) => this.#reportTaskError(job, error),
    });
    this.#run = { consumer, committer, processor, loop: this.#fetch(consumer, processor) };
    // A waiting worker is work to come, whatever its broker's connection does for the process.
    this.#alive = clock.after(Number.MAX_SAFE_INTEGER, () => {}, true);
    logger.info({ queues: this.queues, tasks: handlers.size, concurrency: this.#concurrency }, "worker started");
    events.workerStarted.publish({ worker: this.tag, queues: this.queues });
  }

  /**
   * Takes no more tasks, lets running ones finish, then aborts the signals of those that have not and gives their messages back.
   * Idempotent, and safe before `start`.
   *
   * @param options.graceMs how long running tasks have, in milliseconds; default: the worker's
   */
  stop({ graceMs = this.#options.graceMs ?? 25_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(graceMs: number): Promise<void> {
    this.#fetching.abort();
    this.#onFree(0);
    if (this.#run) {
      const { consumer, committer, processor, loop } = this.#run;
      const grace = new AbortController();
      void this.#drained().then(() => grace.abort());
      await delay(this.#parts.clock, graceMs, grace.signal, true);
      const released = this.#concurrency - this.#free;
      if (released > 0) this.#logger.warn({ released }, "tasks did not finish in time; their messages go back");
      processor.stop(new MachineryError("ERR_WORKER_STOPPED", "the worker stops, and the task's time to finish is over."));
      committer.stop();
      await loop;
      await consumer.close();
      this.#alive?.cancel();
      this.#logger.info({ released }, "worker stopped");
      events.workerStopped.publish({ worker: this.tag, released });
    }
    this.#announceStopped();
  }

  #onSignal(signal: NodeJS.Signals): void {
    this.#logger.info(
      { signal, running: this.#concurrency - this.#free },
      "stopping: running tasks finish first; the same signal again leaves at once",
    );
    void this.stop();
  }

  async #fetch(consumer: Consumer, processor: Processor): Promise<void> {
    const { signal } = this.#fetching;
    for (let failures = 0; !signal.aborted; ) {
      if (this.#free === 0) {
        await this.#someFree();
        continue;
      }
      try {
        const deliveries = await consumer.take(this.#free, signal);
        failures = 0;
        crashPoint?.("claimed");
        this.#free -= deliveries.length;
        if (deliveries.length > 0) void processor.accept(deliveries);
        else if (!signal.aborted) break; // The consumer was closed under us: the broker is gone.
      } catch (error) {
        const pauseMs = backoffMs(failures++, { baseMs: 200, maxMs: 5000 });
        this.#logger.warn({ err: error, pauseMs }, "no messages can be taken; trying again");
        await delay(this.#parts.clock, pauseMs, signal);
      }
    }
  }

  /** Frees slots; 0 only wakes who waits for one. */
  #onFree(count: number): void {
    this.#free += count;
    const wake = this.#wake;
    if (!wake) return;
    this.#wake = undefined;
    wake();
  }

  /** Resolves when a slot is free, or the worker stops. */
  #someFree(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #drained(): Promise<void> {
    while (this.#free < this.#concurrency) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #reportTaskError(task: TaskContext, error: unknown): void {
    this.#logger.error({ task: task.name, uuid: task.uuid, attempt: task.attempt, err: error }, "task failed");
    try {
      this.#onTaskError?.(task, error);
    } catch (cause) {
      this.#logger.error({ err: cause }, "the error handler threw");
    }
  }
}
