import { fileURLToPath } from "node:url";
import { Piscina, queueOptionsSymbol } from "piscina";
import type { MachineryError } from "../errors.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { type Clock, delay } from "../util/clock.js";
import type { MessageLimits } from "../wire/limits.js";
import { results, threadDied } from "./answers.js";
import { Board } from "./board.js";
import type { EncodedResults } from "./encoded-results.js";
import { Errand, type ThreadTask } from "./errand.js";
import { type Lane, Lanes, type PooledThread } from "./lanes.js";
import { runRequest } from "./run-request.js";
import { Seats } from "./seats.js";
import type { ThreadMessage, ThreadReply, ThreadRequest, ThreadSetup } from "./thread-protocol.js";
import { checkTasks, type ThreadSettings } from "./threads.js";
import { Try } from "./try.js";

export interface ThreadPoolParts {
  readonly settings: ThreadSettings;
  readonly dispatch: Dispatch;
  readonly limits: MessageLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often a task is handed to a thread that ends before it has begun with anything, until that is taken for the task's fate. */
const MAX_TRIES = 5;

/**
 * Runs tasks on threads, one on each at a time, and gives a busy thread the next one on deck. Piscina starts threads and ends them; how
 * many tasks it gets, on which thread each goes, when a thread is to end, and what becomes of its tasks then, is decided here.
 */
export class ThreadPool {
  readonly #parts: ThreadPoolParts;
  readonly #piscina: Piscina<ThreadRequest, ThreadReply>;
  readonly #board = new Board();
  readonly #lanes: Lanes;
  readonly #seats: Seats<Errand>;
  /** What threads have, or are to have, by its mark. */
  readonly #tries = new Map<number, Try>();
  /** What the last thread ended by that ended with nothing to do. */
  #lastError: Error | undefined;
  #onIdle: (() => void) | undefined;

  /**
   * @throws MachineryError `ERR_PROJECT` where a thread cannot load the modules, `ERR_CONFIG` where the tasks they hold are not those of
   * `dispatch`
   */
  static async start(parts: ThreadPoolParts): Promise<ThreadPool> {
    const pool = new ThreadPool(parts);
    try {
      await pool.#check();
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  private constructor(parts: ThreadPoolParts) {
    const { settings, limits, logger, clock } = parts;
    const { modules, size, maxTasks, maxHeapMb, idleMs } = settings;
    const logLevels = ["debug", "info", "warn", "error"].filter((level) => logger.isLevelEnabled?.(level) ?? true);
    const workerData: ThreadSetup = { modules, limits, cells: this.#board.cells, maxTasks, logLevels };
    this.#parts = parts;
    this.#lanes = new Lanes(this.#board, clock);
    this.#seats = new Seats(size);
    this.#piscina = new Piscina({
      filename: fileURLToPath(new URL("./thread.js", import.meta.url)),
      minThreads: 0,
      maxThreads: size,
      idleTimeout: idleMs,
      // Between tasks a thread's timers and sockets go on; by piscina's other way they would stand still.
      atomics: "disabled",
      recordTiming: false,
      stricterFIFO: true,
      loadBalancer: (request, workers) => this.#lanes.choose(request[queueOptionsSymbol] as unknown as Try, workers),
      workerData,
      ...(maxHeapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }),
    });
    this.#piscina.on("message", (message: ThreadMessage) => this.#hear(message));
    this.#piscina.on("error", (error: Error) => {
      this.#lastError = error;
    });
    this.#piscina.on("workerCreate", (thread: PooledThread) => this.#lanes.add(thread));
    this.#piscina.on("workerDestroy", (thread: PooledThread) => this.#lose(thread));
  }

  /** How many threads there are, with those that are about to start. */
  get size(): number {
    return this.#piscina.threads.length;
  }

  /**
   * Runs the task on a thread, as soon as one is free; from then on its time counts. Where its time is up, or its signal aborts for
   * another reason, the handler's own signal aborts on the thread, and a handler that goes on loses its thread soon after.
   *
   * @throws what the handler threw; the reason of the signal; `UnfitMessage`, `UnfitResults`, `ERR_THREAD_DIED`
   */
  run(task: ThreadTask, timeoutMs: number | undefined): Promise<EncodedResults> {
    return new Promise((resolve, reject) => {
      const errand = new Errand(task, timeoutMs, resolve, reject);
      if (task.abortReason !== undefined) return errand.end();
      task.onAbort(() => this.#stop(errand));
      if (this.#seats.take()) return this.#start(errand);
      this.#seats.wait(errand);
      this.#fill(this.#lanes.roomy());
    });
  }

  /** Ends the threads. Tasks that are on one should have been told to stop; they have as long as ever to do so. */
  async close(): Promise<void> {
    const { clock, settings } = this.#parts;
    if (this.#tries.size > 0) {
      const idle = new AbortController();
      this.#onIdle = () => idle.abort();
      await delay(clock, settings.killAfterMs, idle.signal, true);
    }
    await this.#piscina.destroy();
  }

  /** Has a thread of its own run the task: it has a seat. */
  #start(errand: Errand): void {
    errand.beginTime(this.#parts.clock);
    const one = new Try(this.#board.claim(), errand);
    this.#lanes.await(one);
    this.#send(one, errand);
    this.#fill(one.lane);
  }

  /** Puts the next task on deck there, where that makes sense. */
  #fill(lane: Lane | undefined): void {
    if (lane === undefined || !this.#lanes.hasRoom(lane)) return;
    const errand = this.#lanes.takeOldest(false)?.errand ?? this.#seats.next();
    if (errand === undefined) return;
    const one = new Try(this.#board.claim(), errand);
    this.#lanes.putOnDeck(lane, one);
    this.#send(one, errand);
  }

  #send(one: Try, errand: Errand): void {
    errand.current = one;
    this.#tries.set(one.mark, one);
    const [request, transferList] = runRequest(errand.task, one.mark);
    this.#piscina.run({ ...request, [queueOptionsSymbol]: one } as ThreadRequest, { signal: one, transferList }).then(
      (reply) => this.#answered(one, errand, reply),
      (error) => this.#failed(one, errand, error),
    );
  }

  #answered(one: Try, errand: Errand, reply: ThreadReply): void {
    this.#forget(one);
    if (one.revoked) return;
    if (reply.kind === "not-begun") {
      this.#again(one, errand);
      return;
    }
    one.lane!.used = true;
    this.#passOn(one, reply.retire);
    if (reply.progress && errand.task.abortReason === undefined) {
      errand.task.progress(reply.progress.done, reply.progress.total);
    }
    errand.end(() => results(reply));
  }

  #failed(one: Try, errand: Errand, error: unknown): void {
    const begun = this.#board.isBegun(one.mark);
    this.#forget(one);
    if (one.revoked) return;
    const { lane } = one;
    // A thread that has begun with others before was ended by one of those, and says nothing of this one.
    const innocent = !begun && errand.task.abortReason === undefined && (lane?.used || ++errand.lostTries < MAX_TRIES);
    if (innocent) {
      this.#again(one, errand);
      return;
    }
    this.#passOn(one);
    errand.end(() => {
      throw this.#died(errand.task.name, error, one);
    });
  }

  /** Another thread for it: it keeps its seat. */
  #again(one: Try, errand: Errand): void {
    if (one.lane) this.#lanes.end(one.lane, one);
    this.#start(errand);
  }

  /** Gives the seat to the next one, as soon as there is a thread for it. */
  #passOn(one: Try, retire = false): void {
    const { lane } = one;
    if (retire && lane) this.#dismiss(lane);
    const next = lane && this.#lanes.end(lane, one);
    if (next) {
      next.errand!.beginTime(this.#parts.clock);
      this.#fill(lane);
    } else if (retire && lane) void lane.record.worker.terminate().finally(() => this.#leave());
    else this.#leave();
  }

  #leave(): void {
    const errand = this.#lanes.takeOldest(false)?.errand ?? this.#seats.next() ?? this.#lanes.takeOldest(true)?.errand;
    if (errand) this.#start(errand);
    else this.#seats.leave();
  }

  /** Ends what has not begun, and tells the thread of what has. */
  #stop(errand: Errand): void {
    const one = errand.current;
    if (one === undefined) {
      this.#seats.withdraw(errand);
      errand.end();
    } else if (this.#lanes.takeBack(one)) {
      errand.end();
      this.#fill(one.lane);
    } else {
      this.#board.abort(one.mark, errand.task.abortReason);
      one.killer = this.#parts.clock.after(this.#parts.settings.killAfterMs, () => this.#kill(one));
    }
  }

  /** Ends the thread, unless that is on to the next task. */
  #kill(one: Try): void {
    const { lane } = one;
    // An answer that has come would be lost with the thread.
    lane?.record.processPendingMessages();
    if (lane?.deck && lane.deck !== one && !this.#takeFirst(lane.deck)) return;
    one.kill();
  }

  /** Takes from deck what is to run before all that waits. */
  #takeFirst(one: Try): boolean {
    if (!this.#lanes.takeBack(one)) return false;
    this.#seats.waitFirst(one.errand!);
    return true;
  }

  #forget(one: Try): void {
    one.killer?.cancel();
    this.#lanes.forget(one);
    this.#board.release(one.mark);
    this.#tries.delete(one.mark);
    if (this.#tries.size === 0) this.#onIdle?.();
  }

  #hear(message: ThreadMessage): void {
    if (message.kind === "line") this.#parts.logger[message.level]?.(message.fields, message.message);
    else this.#tries.get(message.mark)?.errand?.task.progress(message.progress.done, message.progress.total);
  }

  #lose(thread: PooledThread): void {
    const lane = this.#lanes.delete(thread);
    if (lane) this.#dismiss(lane);
    setImmediate(() => this.#lanes.rescue(this.size));
  }

  /** The thread takes nothing more, and what it has not begun with goes elsewhere. */
  #dismiss(lane: Lane): void {
    lane.gone = true;
    if (lane.deck) this.#takeFirst(lane.deck);
  }

  async #check(): Promise<void> {
    const { dispatch } = this.#parts;
    const one = new Try(this.#board.claim());
    this.#lanes.await(one);
    this.#tries.set(one.mark, one);
    let reply: ThreadReply;
    try {
      reply = await this.#piscina.run({ kind: "load", [queueOptionsSymbol]: one } as ThreadRequest, { signal: one });
    } catch (error) {
      throw this.#died("the modules", error, one);
    } finally {
      if (one.lane) this.#lanes.end(one.lane, one);
      this.#forget(one);
    }
    if (reply.kind !== "loaded") throw results(reply);
    checkTasks(reply.tasks, dispatch);
  }

  /** A thread that did not come up for its request says why apart from it. */
  #died(at: string, error: unknown, { aborted }: Try): MachineryError {
    return threadDied(at, aborted && this.#lastError ? this.#lastError : error);
  }
}
