import type { Backend } from "../backends/backend.js";
import type { Broker, Consumer, Listening } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import { events } from "../events.js";
import type { TaskContext } from "../executors/context.js";
import type { ThreadPool } from "../executors/pool.js";
import { noThreads, type ThreadOptions, threadSettings, threadTasks } from "../executors/threads.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { backoffMs } from "../util/backoff.js";
import { type Clock, delay, type Timer } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { newTaskId } from "../util/ids.js";
import type { MessageLimits } from "../wire/limits.js";
import { listenForCancels } from "./cancel-listener.js";
import { FollowUps } from "./follow-ups.js";
import { compose, type Middleware } from "./middleware.js";
import { Processor } from "./processor.js";
import { ResultTeller } from "./result-teller.js";
import { announcementOf, answerRollCalls } from "./roll-call.js";
import { Slots } from "./slots.js";
import type { UnknownTaskPolicy } from "./unknown-task.js";
import { UnsentChordsSender } from "./unsent-chords.js";

const DEFAULT_LEASE_MS = 30_000;

/** What a run works with, nothing left open. */
export interface RunParts {
  readonly tag: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly handlers: Dispatch;
  readonly threads: ThreadOptions | undefined;
  readonly middlewares: readonly Middleware[];
  readonly maxCrashes: number;
  readonly leaseMs: number | undefined;
  readonly heartbeatMs: number | undefined;
  readonly blockedAfterMs: number | undefined;
  readonly unknownTasks: UnknownTaskPolicy | undefined;
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: MessageLimits;
  readonly defaultQueue: string;
  readonly resultTtlMs: number;
  readonly callbackArgs: "append" | "prepend";
  /** Told what a task threw that fails for good. */
  readonly onTaskError: (task: TaskContext, error: unknown) => void;
  /** Told when there is nothing more to take, ever: the broker was closed. */
  readonly onBrokerGone: () => void;
}

/**
 * What a worker does between start and stop: take as many messages as it has slots free, hand them on, take again. Loaded with the
 * first worker that starts, so that a process which only sends does without it.
 */
export class Run {
  readonly #parts: RunParts;
  readonly #consumer: Consumer;
  readonly #processor: Processor;
  readonly #listening: readonly (Listening | undefined)[];
  readonly #fetching = new AbortController();
  readonly #loop: Promise<void>;
  /** A waiting worker is work to come, whatever its broker's connection does for the process. */
  readonly #alive: Timer;
  readonly #threads: ThreadPool | undefined;
  readonly #slots: Slots;
  readonly #teller: ResultTeller;
  readonly #unsent: UnsentChordsSender | undefined;

  /** Claims nothing before threads and queues are ready; rejects with what the broker or the pool of threads rejects with. */
  static async start(parts: RunParts): Promise<Run> {
    const threads = await startThreads(parts);
    try {
      return await Run.#start(parts, threads);
    } catch (error) {
      await threads?.close();
      throw error;
    }
  }

  static async #start(parts: RunParts, threads: ThreadPool | undefined): Promise<Run> {
    const { broker, queues, concurrency, leaseMs, heartbeatMs, logger } = parts;
    let run: Run | undefined;
    await broker.declare(queues);
    const consumer = await broker.consume({
      queues,
      capacity: concurrency,
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      onLost: (deliveries) => {
        logger.warn(
          { tasks: deliveries.length },
          "claims were lost: this process was not heard of in time, or the connection broke",
        );
        if (run) run.#processor.lost(deliveries);
      },
    });
    const listening = await listenForCancels(broker, logger, (uuids) => {
      if (run) run.#processor.cancel(uuids);
    });
    const answering = await answerRollCalls(
      broker,
      logger,
      announcementOf(parts.tag, newTaskId(parts.clock.now()), queues, parts.handlers),
    );
    run = new Run(parts, consumer, threads, [listening, answering]);
    logger.info({ queues, tasks: parts.handlers.size, concurrency }, "worker started");
    events.workerStarted.publish({ worker: parts.tag, queues });
    return run;
  }

  private constructor(
    parts: RunParts,
    consumer: Consumer,
    threads: ThreadPool | undefined,
    listening: readonly (Listening | undefined)[],
  ) {
    const { clock, middlewares } = parts;
    this.#parts = parts;
    this.#threads = threads;
    this.#slots = new Slots(parts.concurrency);
    this.#consumer = consumer;
    this.#listening = listening;
    const teller = new ResultTeller(parts.broker, parts.backend);
    this.#teller = teller;
    const leaseMs = parts.leaseMs ?? DEFAULT_LEASE_MS;
    const followUps = new FollowUps({ ...parts, leaseMs, teller });
    const { unsent } = parts.backend;
    this.#unsent = unsent && new UnsentChordsSender(unsent, { ...parts, leaseMs, followUps });
    this.#processor = new Processor({
      ...parts,
      leaseMs,
      consumer,
      teller,
      followUps,
      invoke: compose(middlewares),
      threads,
      slots: this.#slots,
    });
    this.#loop = this.#fetch();
    this.#alive = clock.after(Number.MAX_SAFE_INTEGER, () => {}, true);
  }

  /** How many tasks it holds. */
  get running(): number {
    return this.#slots.used;
  }

  /** Takes no more; waits up to `graceMs` milliseconds for what runs; then aborts what still does and gives its messages back. */
  async stop(graceMs: number): Promise<void> {
    const { tag, clock, logger } = this.#parts;
    this.#fetching.abort();
    this.#unsent?.stop();
    this.#slots.wake();
    if (graceMs > 0) {
      const drained = new AbortController();
      void this.#slots.drained().then(() => drained.abort());
      await delay(clock, graceMs, drained.signal, true);
    }
    const released = this.running;
    if (released > 0) logger.warn({ released }, "tasks did not finish in time; their messages go back");
    this.#processor.stop(new MachineryError("ERR_WORKER_STOPPED", "the worker stops, and the task's time to finish is over."));
    await this.#loop;
    await this.#consumer.close();
    await this.#teller.idle();
    await Promise.all(this.#listening.map((one) => one?.close()));
    await this.#threads?.close();
    this.#alive.cancel();
    logger.info({ released }, "worker stopped");
    events.workerStopped.publish({ worker: tag, released });
  }

  async #fetch(): Promise<void> {
    const { clock, logger, onBrokerGone } = this.#parts;
    const { signal } = this.#fetching;
    for (let failures = 0; !signal.aborted; ) {
      if (this.#slots.free <= 0) {
        await this.#slots.available(signal);
        continue;
      }
      try {
        const deliveries = await this.#consumer.take(this.#slots.free, signal);
        failures = 0;
        crashPoint?.("claimed");
        this.#slots.use(deliveries.length);
        if (deliveries.length > 0) {
          void this.#processor.accept(deliveries);
          await this.#processor.apart(signal);
        } else if (!signal.aborted) {
          logger.error("the broker was closed under the worker, which stops");
          onBrokerGone();
          return;
        }
      } catch (error) {
        const pauseMs = backoffMs(failures++, { baseMs: 200, maxMs: 5000 });
        logger.warn({ err: error, pauseMs }, "no messages can be taken; trying again");
        await delay(clock, pauseMs, signal);
      }
    }
  }
}

/** The pool is loaded only where a task wants it. */
async function startThreads({ handlers, threads, limits, clock, logger }: RunParts): Promise<ThreadPool | undefined> {
  const names = threadTasks(handlers);
  if (names.length === 0) return undefined;
  if (threads === undefined) throw noThreads(names);
  const settings = threadSettings(threads);
  const { ThreadPool } = await import("../executors/pool.js");
  return ThreadPool.start({ settings, dispatch: handlers, limits, clock, logger });
}
