import type { Backend, Watch } from "../backends/backend.js";
import { MachineryError } from "../errors.js";
import { Batcher } from "../util/batcher.js";
import type { Clock, Timer } from "../util/clock.js";
import { isTerminalJson } from "../wire/state.js";
import type { GetOptions, ResultSource } from "./async-result.js";
import { TaskState } from "./task-state.js";

/** Polling, in milliseconds: from the first to the last pause where nothing is pushed, and the net beneath a push. */
const FIRST_POLL_MS = 50;
const LAST_POLL_MS = 1000;
const POLL_GROWTH = 1.5;
/** How many ids one poll asks for; with more waiting, they take turns. */
const POLL_BATCH = 1000;

interface Pending {
  /** Told of every state, where somebody looks on. */
  readonly onState?: (state: TaskState) => void;
  readonly resolve: (state: TaskState) => void;
  readonly reject: (error: Error) => void;
  release: () => void;
}

interface Read {
  readonly id: string;
  readonly resolve: (json: string | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * All that this process waits for, in one place: one watch, one batched read, one poll, however many results are awaited. The order
 * closes the race: watch first, then read, then wait.
 */
export class Waiter implements ResultSource {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #defaultTimeoutMs: number;
  readonly #watch: Watch;
  readonly #reads: Batcher<Read>;
  readonly #pending = new Map<string, Set<Pending>>();
  #poll: Timer | undefined;
  #pollMs = FIRST_POLL_MS;

  constructor(backend: Backend, clock: Clock, defaultTimeoutMs: number) {
    this.#backend = backend;
    this.#clock = clock;
    this.#defaultTimeoutMs = defaultTimeoutMs;
    this.#watch = backend.watch((id, json) => this.#seen(id, json));
    this.#reads = new Batcher((batch) => this.#readBatch(batch), { maxInFlight: 4 });
  }

  /** What senders put into the headers so that workers can reach this process (see `Watch.topic`). */
  get topic(): string | undefined {
    return this.#watch.topic;
  }

  async readState(uuid: string): Promise<TaskState | null> {
    const json = await this.#read(uuid);
    return json === null ? null : TaskState.parse(json, uuid);
  }

  waitFor(uuid: string, options: GetOptions): Promise<TaskState> {
    return this.#wait(uuid, options);
  }

  async *watchStates(uuid: string, options: GetOptions): AsyncGenerator<TaskState> {
    const seen: TaskState[] = [];
    let wake = (): void => {};
    let last: string | undefined;
    const onState = (state: TaskState): void => {
      if (state.state === last) return;
      last = state.state;
      seen.push(state);
      wake();
    };
    let ended = false;
    let failure: unknown;
    // Who stops looking on before the end waits for nothing any more.
    const left = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    const end = this.#wait(uuid, { ...options, signal }, onState)
      .then(onState, (error) => {
        failure = error;
      })
      .finally(() => {
        ended = true;
        wake();
      });
    try {
      while (!ended || seen.length > 0) {
        const state = seen.shift();
        if (state) yield state;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      left.abort();
      await end;
    }
    if (failure !== undefined) throw failure;
  }

  #wait(
    uuid: string,
    { timeoutMs = this.#defaultTimeoutMs, signal }: GetOptions,
    onState?: (state: TaskState) => void,
  ): Promise<TaskState> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted(uuid, signal));
      const pending: Pending = { resolve, reject, release: () => {}, ...(onState && { onState }) };
      const timer = this.#clock.after(timeoutMs, () => this.#fail(uuid, pending, timedOut(uuid, timeoutMs)), true);
      if (signal) {
        const onAbort = (): void => this.#fail(uuid, pending, aborted(uuid, signal));
        signal.addEventListener("abort", onAbort, { once: true });
        pending.release = () => {
          timer.cancel();
          signal.removeEventListener("abort", onAbort);
        };
      } else {
        pending.release = () => timer.cancel();
      }
      const others = this.#pending.get(uuid);
      if (others) {
        others.add(pending);
        if (onState) this.#readFor(uuid);
        return;
      }
      this.#pending.set(uuid, new Set([pending]));
      this.#watch.add([uuid]);
      this.#readFor(uuid);
      this.#pollMs = FIRST_POLL_MS;
      this.#poll ??= this.#armPoll();
    });
  }

  /** Fails every wait with `ERR_CLOSED`. */
  close(): void {
    this.#poll?.cancel();
    this.#watch.close();
    for (const uuid of [...this.#pending.keys()]) {
      this.#failAll(uuid, new MachineryError("ERR_CLOSED", "the server was closed while waiting for the result.", { at: uuid }));
    }
  }

  #readFor(uuid: string): void {
    this.#reads.add({
      id: uuid,
      resolve: (json) => {
        if (json !== null) this.#seen(uuid, json);
      },
      reject: (error) => this.#failAll(uuid, error),
    });
  }

  #seen(uuid: string, json: string): void {
    if (!isTerminalJson(json)) {
      for (const { onState } of this.#pending.get(uuid) ?? []) onState?.(TaskState.parse(json, uuid));
      return;
    }
    const waiting = this.#forget(uuid);
    if (!waiting) return;
    let state: TaskState;
    try {
      state = TaskState.parse(json, uuid);
    } catch (error) {
      for (const pending of waiting) pending.reject(error as Error);
      return;
    }
    for (const pending of waiting) pending.resolve(state);
  }

  #failAll(uuid: string, error: Error): void {
    for (const pending of this.#forget(uuid) ?? []) pending.reject(error);
  }

  #fail(uuid: string, pending: Pending, error: Error): void {
    const waiting = this.#pending.get(uuid);
    if (!waiting?.delete(pending)) return;
    pending.release();
    if (waiting.size === 0) this.#forget(uuid);
    pending.reject(error);
  }

  #forget(uuid: string): Set<Pending> | undefined {
    const waiting = this.#pending.get(uuid);
    if (!waiting) return undefined;
    this.#pending.delete(uuid);
    this.#watch.remove([uuid]);
    for (const pending of waiting) pending.release();
    if (this.#pending.size === 0) {
      this.#poll?.cancel();
      this.#poll = undefined;
    }
    return waiting;
  }

  #read(id: string): Promise<string | null> {
    return new Promise((resolve, reject) => this.#reads.add({ id, resolve, reject }));
  }

  async #readBatch(batch: Read[]): Promise<void> {
    try {
      const found = await this.#backend.read(batch.map((read) => read.id));
      for (let i = 0; i < batch.length; i++) batch[i]!.resolve(found[i] ?? null);
    } catch (error) {
      for (const read of batch) read.reject(error as Error);
    }
  }

  #armPoll(): Timer {
    const pause = this.#backend.capabilities.push ? LAST_POLL_MS : this.#pollMs;
    return this.#clock.after(pause, () => void this.#pollOnce());
  }

  /** The net: a failed poll is not an error of any wait; its own deadline is. */
  async #pollOnce(): Promise<void> {
    const ids = [...this.#pending.keys()].slice(0, POLL_BATCH);
    try {
      const found = await this.#backend.read(ids);
      ids.forEach((id, i) => {
        const json = found[i];
        if (json) this.#seen(id, json);
      });
    } catch {}
    for (const id of ids) {
      const waiting = this.#pending.get(id);
      if (!waiting || ids.length < POLL_BATCH) continue;
      this.#pending.delete(id);
      this.#pending.set(id, waiting);
    }
    this.#pollMs = Math.min(this.#pollMs * POLL_GROWTH, LAST_POLL_MS);
    this.#poll?.cancel();
    this.#poll = this.#pending.size === 0 ? undefined : this.#armPoll();
  }
}

function timedOut(uuid: string, timeoutMs: number): MachineryError {
  return new MachineryError("ERR_TIMEOUT", `no result within ${timeoutMs} ms.`, {
    at: uuid,
    hint: "Is a worker running that takes from this task's queue? The task itself goes on; its result can be asked for again.",
  });
}

function aborted(uuid: string, signal: AbortSignal): MachineryError {
  return new MachineryError("ERR_ABORTED", "the wait was aborted.", { at: uuid, cause: signal.reason });
}
