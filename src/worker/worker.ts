import type { Backend } from "../backends/backend.js";
import type { Broker } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { TaskContext } from "../executors/context.js";
import type { ThreadOptions } from "../executors/threads.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import type { Clock } from "../util/clock.js";
import { listenForSignals } from "../util/signals.js";
import type { MessageLimits } from "../wire/limits.js";
import type { Middleware } from "./middleware.js";
import type { Run } from "./run.js";
import type { UnknownTaskPolicy } from "./unknown-task.js";

const DEFAULT_MAX_CRASHES = 5;

export interface WorkerOptions {
  /** What to run: `dispatch(handlers)` of generated code. Default: the tasks registered on the server. */
  readonly handlers?: Dispatch;
  /** Threads for the tasks whose contract says `run: thread`; where there are such tasks, a worker without threads does not start. */
  readonly threads?: ThreadOptions;
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
  /** After how many deaths of workers that held it a message is put aside, and its task failed: 1 or more. Default 5. */
  readonly maxCrashes?: number;
  /** How long a claim outlives the last sign of life of this process, in milliseconds. Default 30,000. */
  readonly leaseMs?: number;
  /** How often this process gives one, in milliseconds; at most a third of the lease. Default 5,000, or that third. */
  readonly heartbeatMs?: number;
  /**
   * How long the event loop may be blocked until the log says so, with the tasks that were called meanwhile, in milliseconds; 0 for
   * never. Default 1,000, or a third of the lease where that is less: what blocks the loop for as long as the lease loses every claim.
   */
  readonly blockedAfterMs?: number;
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

/**
 * Takes messages and has their tasks run, until it is stopped. This is its outside; what it does is loaded when it starts, since
 * every sender could make a worker and few do.
 */
export class Worker {
  readonly tag: string;
  readonly queues: readonly string[];
  readonly #parts: WorkerParts;
  readonly #options: WorkerOptions & { readonly handlers: Dispatch };
  readonly #concurrency: number;
  readonly #logger: Logger;
  #preTask: Middleware | undefined;
  #postTask: Middleware | undefined;
  #onTaskError: ((task: TaskContext, error: unknown) => void) | undefined;
  #run: Run | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #announceStopped!: () => void;
  readonly #stopped = new Promise<void>((resolve) => {
    this.#announceStopped = resolve;
  });

  constructor(tag: string, parts: WorkerParts, options: WorkerOptions & { readonly handlers: Dispatch }) {
    const { queues = [parts.defaultQueue], concurrency = 10, maxCrashes = DEFAULT_MAX_CRASHES } = options;
    this.tag = tag;
    this.queues = queues;
    this.#parts = parts;
    this.#options = options;
    this.#concurrency = concurrency;
    this.#logger = parts.logger.child({ worker: tag });
    for (const [at, value] of Object.entries({ concurrency, maxCrashes })) {
      if (Number.isInteger(value) && value >= 1) continue;
      throw new MachineryError("ERR_CONFIG", `must be a whole number from 1, got ${value}.`, { at });
    }
    const { blockedAfterMs = 0 } = options;
    if (!Number.isInteger(blockedAfterMs) || blockedAfterMs < 0) {
      throw new MachineryError("ERR_CONFIG", `must be a whole number, 0 for never, got ${blockedAfterMs}.`, {
        at: "blockedAfterMs",
      });
    }
    if (queues.length === 0) throw new MachineryError("ERR_CONFIG", "names no queue.", { at: "queues" });
  }

  /**
   * Machinery's pre-task handler: called before each task, outside of all middlewares; what it throws fails the task. It takes the
   * place of the one set before; a worker that has started keeps the one it has.
   */
  setPreTaskHandler(handler: (task: TaskContext) => void | Promise<void>): void {
    this.#preTask = async (task, next) => {
      await handler(task);
      return next();
    };
  }

  /** Machinery's post-task handler: called after each task, whether it returned or threw; otherwise as the pre-task handler. */
  setPostTaskHandler(handler: (task: TaskContext) => void | Promise<void>): void {
    this.#postTask = async (task, next) => {
      try {
        return await next();
      } finally {
        await handler(task);
      }
    };
  }

  /**
   * Machinery's error handler: told what a task threw that fails for good (not of attempts that are retried). It changes nothing of
   * that; what it throws is logged.
   */
  setErrorHandler(handler: (error: unknown, task: TaskContext) => void): void {
    this.#onTaskError = (task, error) => handler(error, task);
  }

  /**
   * Starts, and resolves when the worker has stopped: by `stop()`, or by SIGINT or SIGTERM; a second signal ends the process at once,
   * with the exit code 130 or 143.
   */
  async launch(): Promise<void> {
    const unlisten = this.#parts.signals ? listenForSignals((signal) => this.#onSignal(signal)) : undefined;
    try {
      await this.start();
      await this.#stopped;
      await this.#stopping;
    } finally {
      unlisten?.();
    }
  }

  /** Takes tasks from now on. Resolves when the queues are ready. */
  async start(): Promise<void> {
    if (this.#starting || this.#stopping)
      throw new MachineryError("ERR_CLOSED", "this worker was started or stopped before; make a new one.", { at: this.tag });
    this.#starting = this.#start();
    try {
      await this.#starting;
    } catch (error) {
      // What is down now may be up when it is tried again.
      this.#starting = undefined;
      throw error;
    }
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

  async #start(): Promise<void> {
    const { Run } = await import("./run.js");
    const {
      handlers,
      threads,
      middleware = [],
      leaseMs,
      heartbeatMs,
      blockedAfterMs,
      maxCrashes = DEFAULT_MAX_CRASHES,
      unknownTasks,
    } = this.#options;
    this.#run = await Run.start({
      ...this.#parts,
      tag: this.tag,
      queues: this.queues,
      concurrency: this.#concurrency,
      logger: this.#logger,
      middlewares: [this.#preTask, this.#postTask, ...middleware].filter((one) => one !== undefined),
      handlers,
      threads,
      leaseMs,
      heartbeatMs,
      blockedAfterMs,
      maxCrashes,
      unknownTasks,
      onTaskError: (task, error) => this.#reportTaskError(task, error),
      onBrokerGone: () => this.#stopUnasked(),
    });
  }

  async #stop(graceMs: number): Promise<void> {
    // Whoever started it is told where that fails.
    await this.#starting?.catch(() => {});
    try {
      await this.#run?.stop(graceMs);
    } finally {
      this.#announceStopped();
    }
  }

  #onSignal(signal: NodeJS.Signals): void {
    this.#logger.info(
      { signal, running: this.#run?.running ?? 0 },
      "stopping: running tasks finish first; the same signal again leaves at once",
    );
    this.#stopUnasked();
  }

  /** For a stop that nobody waits for but `launch`, which hears of its errors too. */
  #stopUnasked(): void {
    this.stop().catch((error) => this.#logger.error({ err: error }, "the worker could not stop in order"));
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
