import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { MachineryError } from "../errors.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { type Clock, delay } from "../util/clock.js";
import type { MessageLimits } from "../wire/limits.js";
import { type AbortCode, abortCodes, Board } from "./board.js";
import type { TaskContext } from "./context.js";
import type { EncodedResults } from "./encoded-results.js";
import { type Abortable, Seats } from "./seats.js";
import type { ThreadMessage, ThreadReply, ThreadRequest, ThreadSetup } from "./thread-protocol.js";
import { resultsIn } from "./thread-reply.js";
import { ThreadTry } from "./thread-try.js";
import { type ThreadSettings, threadTasks } from "./threads.js";

/** A task as the pool sees it. */
export interface ThreadTask extends TaskContext, Abortable {
  /** The message, as it came. */
  readonly body: Uint8Array;
  /** Tells it to stop. */
  abort(reason: Error): void;
}

export interface ThreadPoolParts {
  readonly settings: ThreadSettings;
  readonly dispatch: Dispatch;
  readonly limits: MessageLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often a task is handed to a thread that ends before it has begun with it, until that is taken for the task's fate. */
const MAX_TRIES = 5;

/** From so many bytes on a buffer that is handed over is cheaper than text that is copied. */
const CHEAPER_TRANSFERRED = 64 * 1024;

/**
 * Runs tasks on threads, one on each at a time. Piscina starts threads and ends them; how many tasks it gets, when a thread is to end,
 * and what becomes of a task whose thread has ended, is decided here.
 */
export class ThreadPool {
  readonly #parts: ThreadPoolParts;
  readonly #piscina: Piscina<ThreadRequest, ThreadReply>;
  readonly #board = new Board();
  readonly #seats: Seats;
  readonly #tries = new Set<ThreadTry>();
  /** The tasks that are on threads, by their mark. */
  readonly #tasks = new Map<number, ThreadTask>();
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
    const { settings, limits, logger } = parts;
    const { modules, size, maxTasks, maxHeapMb, idleMs } = settings;
    const logLevels = ["debug", "info", "warn", "error"].filter((level) => logger.isLevelEnabled?.(level) ?? true);
    const workerData: ThreadSetup = { modules, limits, cells: this.#board.cells, maxTasks, logLevels };
    this.#parts = parts;
    this.#seats = new Seats(size);
    this.#piscina = new Piscina({
      filename: fileURLToPath(new URL("./thread.js", import.meta.url)),
      minThreads: 0,
      maxThreads: size,
      idleTimeout: idleMs,
      // Between tasks a thread's timers and sockets go on; by piscina's other way they would stand still.
      atomics: "disabled",
      recordTiming: false,
      workerData,
      ...(maxHeapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }),
    });
    this.#piscina.on("message", (message: ThreadMessage) => this.#hear(message));
    this.#piscina.on("error", (error: Error) => {
      this.#lastError = error;
    });
    this.#piscina.on("workerDestroy", () => setImmediate(() => this.#rescue()));
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
  async run(task: ThreadTask, timeoutMs: number | undefined): Promise<EncodedResults> {
    const seat = this.#seats.take(task);
    if (seat !== true && !(await seat)) throw task.abortReason;
    const timer =
      timeoutMs === undefined ? undefined : this.#parts.clock.after(timeoutMs, () => task.abort(timeIsUp(task, timeoutMs)));
    let reply: ThreadReply | undefined;
    try {
      for (let tries = 1; reply === undefined; tries++) reply = await this.#try(task, tries);
    } finally {
      timer?.cancel();
      this.#leave(reply?.retire);
    }
    return resultsIn(reply);
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

  /** Resolves to nothing where the task is to be handed to another thread: the one that had it has ended before it began. */
  async #try(task: ThreadTask, tries: number): Promise<ThreadReply | undefined> {
    const one = new ThreadTry(this.#board.claim());
    this.#begin(one, task);
    try {
      const body = portable(task.body);
      const transferList = typeof body === "string" ? [] : [body.buffer];
      const request: ThreadRequest = { kind: "run", body, queue: task.queue, mark: one.mark };
      const reply = await this.#piscina.run(request, { signal: one, transferList });
      if (task.abortReason !== undefined) throw task.abortReason;
      if (reply.progress) task.progress(reply.progress.done, reply.progress.total);
      return reply;
    } catch (error) {
      if (task.abortReason !== undefined) throw task.abortReason;
      if (tries === MAX_TRIES || this.#board.isBegun(one.mark)) throw this.#died(task.name, error, one);
      return undefined;
    } finally {
      this.#end(one, task);
    }
  }

  #begin(one: ThreadTry, task: ThreadTask): void {
    this.#tries.add(one);
    this.#tasks.set(one.mark, task);
    const stop = (): void => {
      this.#board.abort(one.mark, abortCode(task.abortReason));
      one.killer = this.#parts.clock.after(this.#parts.settings.killAfterMs, () => one.kill());
    };
    if (task.abortReason === undefined) task.onAbort(stop);
    else stop();
  }

  #end(one: ThreadTry, task?: ThreadTask): void {
    one.killer?.cancel();
    task?.onAbort(undefined);
    this.#tasks.delete(one.mark);
    this.#board.release(one.mark);
    this.#tries.delete(one);
    if (this.#tries.size === 0) this.#onIdle?.();
  }

  #hear(message: ThreadMessage): void {
    if (message.kind === "line") this.#parts.logger[message.level]?.(message.fields, message.message);
    else this.#tasks.get(message.mark)?.progress(message.progress.done, message.progress.total);
  }

  /** Piscina may leave a request lying whose thread has not come up; it goes to another one. */
  #rescue(): void {
    if (this.size >= this.#tries.size) return;
    for (const one of this.#tries) if (!this.#board.isBegun(one.mark)) one.kill();
  }

  /** Frees the task's seat, as soon as there is a thread for it. */
  #leave(retired: number | undefined): void {
    const thread = retired === undefined ? undefined : this.#piscina.threads.find(({ threadId }) => threadId === retired);
    if (thread === undefined) this.#seats.leave();
    else void thread.terminate().finally(() => this.#seats.leave());
  }

  async #check(): Promise<void> {
    const { dispatch } = this.#parts;
    const one = new ThreadTry(this.#board.claim());
    this.#tries.add(one);
    let reply: ThreadReply;
    try {
      reply = await this.#piscina.run({ kind: "load" }, { signal: one });
    } catch (error) {
      throw this.#died("the modules", error, one);
    } finally {
      this.#end(one);
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

function abortCode(reason: unknown): AbortCode {
  const { code } = reason as { readonly code?: unknown };
  return abortCodes.find((known) => known === code) ?? "ERR_WORKER_STOPPED";
}

function timeIsUp({ name }: ThreadTask, timeoutMs: number): MachineryError {
  return new MachineryError("ERR_TASK_TIMEOUT", `the task ran longer than its time-out of ${timeoutMs} ms.`, { at: name });
}
