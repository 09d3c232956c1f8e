import { fileURLToPath } from "node:url";
import { Piscina, queueOptionsSymbol } from "piscina";
import { MachineryError } from "../errors.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { type Clock, delay } from "../util/clock.js";
import type { MessageLimits } from "../wire/limits.js";
import { type AbortCode, abortCodes, Board } from "./board.js";
import { EncodedResults, UnfitMessage, UnfitResults } from "./encoded-results.js";
import { Errand, type ThreadTask } from "./errand.js";
import { type Lane, Lanes, type ThreadRecord } from "./lanes.js";
import { fromPlainError } from "./plain-error.js";
import { Seats } from "./seats.js";
import type { ThreadMessage, ThreadReply, ThreadRequest, ThreadSetup } from "./thread-protocol.js";
import { resultsIn } from "./thread-reply.js";
import { ThreadTry } from "./thread-try.js";
import { type ThreadSettings, threadTasks } from "./threads.js";
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

/** From so many bytes on a buffer that is handed over is cheaper than text that is copied. */
const CHEAPER_TRANSFERRED = 64 * 1024;

type LoadBalancer = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>["loadBalancer"]>;
type PiscinaWorker = Parameters<LoadBalancer>[1][number];

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
  /** Those of them that Piscina has no thread for yet. */
  readonly #unplaced = new Set<Try>();
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
      loadBalancer: (request, workers) => this.#place(request[queueOptionsSymbol] as unknown as Try, workers),
      workerData,
      ...(maxHeapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }),
    });
    this.#piscina.on("message", (message: ThreadMessage) => this.#hear(message));
    this.#piscina.on("error", (error: Error) => {
      this.#lastError = error;
    });
    this.#piscina.on("workerCreate", (worker: PiscinaWorker) => this.#welcome(recordOf(worker)));
    this.#piscina.on("workerDestroy", (worker: PiscinaWorker) => this.#lose(recordOf(worker)));
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
    this.#beginTime(errand);
    const one = new Try(this.#board.claim(), errand);
    this.#unplaced.add(one);
    this.#send(one, errand);
    this.#fill(one.lane);
  }

  /** Puts the next task on deck there, where that makes sense. */
  #fill(lane: Lane | undefined): void {
    // Who waits for a thread to start came first.
    if (lane === undefined || this.#unplaced.size > 0 || !this.#lanes.hasRoom(lane)) return;
    const errand = this.#lanes.takeOldest(false)?.errand ?? this.#seats.next();
    if (errand === undefined) return;
    const one = new Try(this.#board.claim(), errand);
    this.#lanes.putOnDeck(lane, one);
    this.#send(one, errand);
  }

  #send(one: Try, errand: Errand): void {
    const { task } = errand;
    errand.current = one;
    this.#tries.set(one.mark, one);
    const body = portable(task.body);
    const transferList = typeof body === "string" ? [] : [body.buffer];
    const request = { kind: "run", body, queue: task.queue, mark: one.mark, [queueOptionsSymbol]: one } as const;
    this.#piscina.run(request, { signal: one, transferList }).then(
      (reply) => this.#answered(one, errand, reply),
      (error) => this.#failed(one, errand, error),
    );
  }

  /** Which thread Piscina is to hand this to; none where it is to start another one, or to wait. */
  #place(one: Try, workers: readonly PiscinaWorker[]): PiscinaWorker | null {
    for (const worker of workers) {
      if (one.lane === undefined && worker.currentUsage > 0) continue;
      const lane = this.#lanes.get(recordOf(worker));
      if (one.lane !== undefined ? lane !== one.lane : lane === undefined || lane.gone) continue;
      if (this.#unplaced.delete(one)) this.#lanes.begin(lane!, one);
      return worker;
    }
    return null;
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
      this.#beginTime(next.errand!);
      this.#fill(lane);
    } else if (retire && lane) void lane.record.worker.terminate().finally(() => this.#leave());
    else this.#leave();
  }

  #leave(): void {
    const errand = this.#lanes.takeOldest(false)?.errand ?? this.#seats.next() ?? this.#lanes.takeOldest(true)?.errand;
    if (errand) this.#start(errand);
    else this.#seats.leave();
  }

  #beginTime(errand: Errand): void {
    const { task, timeoutMs } = errand;
    if (timeoutMs !== undefined) errand.timer ??= this.#parts.clock.after(timeoutMs, () => task.abort(timeIsUp(task, timeoutMs)));
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
      this.#board.abort(one.mark, abortCode(errand.task.abortReason));
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
    this.#unplaced.delete(one);
    this.#board.release(one.mark);
    this.#tries.delete(one.mark);
    if (this.#tries.size === 0) this.#onIdle?.();
  }

  #hear(message: ThreadMessage): void {
    if (message.kind === "line") this.#parts.logger[message.level]?.(message.fields, message.message);
    else this.#tries.get(message.mark)?.errand?.task.progress(message.progress.done, message.progress.total);
  }

  #welcome(record: ThreadRecord): void {
    const lane = this.#lanes.add(record);
    const end = (): void => {
      lane.gone = true;
      record.processPendingMessages();
    };
    // Before Piscina hears of it, which then takes for unanswered what it has not read the answer of.
    record.worker.prependListener("error", end);
    record.worker.prependListener("exit", end);
  }

  #lose(record: ThreadRecord): void {
    const lane = this.#lanes.get(record);
    if (lane) this.#dismiss(lane);
    this.#lanes.delete(record);
    setImmediate(() => this.#rescue());
  }

  /** The thread takes nothing more, and what it has not begun with goes elsewhere. */
  #dismiss(lane: Lane): void {
    lane.gone = true;
    if (lane.deck) this.#takeFirst(lane.deck);
  }

  /** Piscina may leave a request lying whose thread has not come up; it goes to another one. */
  #rescue(): void {
    if (this.size >= this.#unplaced.size + this.#lanes.busy) return;
    for (const one of this.#unplaced) one.kill();
  }

  async #check(): Promise<void> {
    const { dispatch } = this.#parts;
    const one = new Try(this.#board.claim());
    this.#unplaced.add(one);
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
    if (reply.kind !== "loaded") throw resultsIn(reply);
    const loaded = new Map(reply.tasks.map(({ name, hash }) => [name, hash]));
    const wrong = threadTasks(dispatch).filter((name) => loaded.get(name) !== dispatch.get(name)!.definition.hash);
    if (wrong.length === 0) return;
    const what = loaded.has(wrong[0]!) ? "have another contract for" : "do not have";
    throw new MachineryError("ERR_CONFIG", `the modules for threads ${what} ${wrong.slice(0, 3).join(", ")}.`, {
      at: "threads",
      hint: "Name the modules that the worker's own handlers come from, and build them anew.",
    });
  }

  #died(at: string, error: unknown, one: ThreadTry): MachineryError {
    const cause = one.aborted && this.#lastError ? this.#lastError : error;
    const { code, message } = cause as Error & { readonly code?: unknown };
    const exit = /exited with code: (\d+)/.exec(message)?.[1];
    const what =
      code === "ERR_WORKER_OUT_OF_MEMORY"
        ? "the thread ran out of memory."
        : exit === undefined
          ? `the thread broke: ${message}`
          : `the thread was ended from within, by process.exit(${exit}) say.`;
    return new MachineryError("ERR_THREAD_DIED", what, { at, cause });
  }
}

/** Always a copy: the message itself may be needed again, and may be part of a larger buffer, all of which would go. */
function portable(body: Uint8Array): Uint8Array<ArrayBuffer> | string {
  if (body.length >= CHEAPER_TRANSFERRED) return new Uint8Array(body);
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1");
}

function results(reply: ThreadReply): EncodedResults {
  switch (reply.kind) {
    case "returned":
      return new EncodedResults(reply.results);
    case "threw":
      throw fromPlainError(reply.error);
    case "unfit-message":
      throw new UnfitMessage(fromPlainError(reply.error));
    case "unfit-results":
      throw new UnfitResults(fromPlainError(reply.error));
    case "not-loaded": {
      const cause = fromPlainError(reply.error);
      throw new MachineryError("ERR_PROJECT", `a thread cannot load the modules: ${cause.message}`, { at: "threads", cause });
    }
    case "loaded":
    case "not-begun":
      throw new TypeError("a thread has not run the task it was given");
  }
}

/** Piscina's own record of a thread, by the one symbol that a thread has in a load balancer. It is not exported. */
function recordOf(worker: PiscinaWorker): ThreadRecord {
  const [key] = Object.getOwnPropertySymbols(worker) as [keyof PiscinaWorker];
  return worker[key] as unknown as ThreadRecord;
}

function abortCode(reason: unknown): AbortCode {
  const { code } = reason as { readonly code?: unknown };
  return abortCodes.find((known) => known === code) ?? "ERR_WORKER_STOPPED";
}

function timeIsUp({ name }: ThreadTask, timeoutMs: number): MachineryError {
  return new MachineryError("ERR_TASK_TIMEOUT", `the task ran longer than its time-out of ${timeoutMs} ms.`, { at: name });
}
