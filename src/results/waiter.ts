import type { Backend, StateFields, Watch } from "../backends/backend.js";
import { Batcher } from "../util/batcher.js";
import type { Clock, Timer } from "../util/clock.js";
import { isUnfinishedJson } from "../wire/state.js";
import { isTerminal, isTerminalJson } from "../wire/state-text.js";
import type { ResultSource } from "./async-result.js";
import type { EndedFeed } from "./ended-feed.js";
import type { GetOptions } from "./get-options.js";
import { type Asked, Poll } from "./poll.js";
import { stateStream } from "./state-stream.js";
import { TaskState } from "./task-state.js";
import { aborted, closed, timedOut } from "./wait-errors.js";
import { hasOnlooker, type Wait, Waits } from "./waits.js";

/** How many ids one poll asks for; with more waiting, they take turns. */
const POLL_BATCH = 1000;

/** A read on its way, for a wait that has just begun. */
interface FirstRead {
  readonly id: string;
  readonly wait: Wait;
}

/** One for somebody who wants to know what is stored now. */
interface PlainRead {
  readonly id: string;
  readonly wait: undefined;
  readonly done: (json: string | null) => void;
  readonly failed: (error: Error) => void;
}

type Read = FirstRead | PlainRead;

/**
 * All that this process waits for, in one place: one watch, one batched read, one poll, one timer, however many results are awaited.
 * The order closes the race: watch first, then read (unless the watch tells of what is stored by itself), then wait.
 */
export class Waiter implements ResultSource {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #defaultTimeoutMs: number;
  readonly #watch: Watch;
  readonly #reads: Batcher<Read>;
  readonly #waits = new Waits();
  readonly #poll: Poll;
  readonly #feed: EndedFeed | undefined;
  #alarm: Timer | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #closed = false;

  /** @param feed for a backend that does not tell of changes: what does in its place */
  constructor(backend: Backend, clock: Clock, defaultTimeoutMs: number, feed?: EndedFeed) {
    this.#backend = backend;
    this.#clock = clock;
    this.#defaultTimeoutMs = defaultTimeoutMs;
    this.#watch = backend.watch((id, state) => this.#seen(id, state));
    this.#poll = new Poll(clock, backend.capabilities.push, () => this.#askForWaits());
    this.#feed = feed;
    this.#reads = new Batcher((batch) => this.#readBatch(batch), { maxInFlight: 4 });
  }

  /** What senders put into the headers so that workers can reach this process (see `Watch.topic`). */
  get topic(): string | undefined {
    return this.#watch.topic ?? this.#feed?.topic;
  }

  async readState(uuid: string): Promise<TaskState | null> {
    const json = await new Promise<string | null>((done, failed) => this.#reads.add({ id: uuid, wait: undefined, done, failed }));
    return json === null ? null : TaskState.parse(json, uuid);
  }

  waitFor(uuid: string, options: GetOptions): Promise<TaskState> {
    return new Promise((resolve, reject) => this.wait(uuid, options, resolve, reject));
  }

  wait(uuid: string, options: GetOptions, onEnd: Wait["resolve"], onError: Wait["reject"]): void {
    this.#wait(uuid, options, onEnd, onError, undefined);
  }

  watchStates(uuid: string, options: GetOptions): AsyncIterable<TaskState> {
    return stateStream(
      (signal, onEnd, onError, onState) => this.#wait(uuid, { ...options, signal }, onEnd, onError, onState),
      options.signal,
    );
  }

  /** Fails every wait with `ERR_CLOSED`. */
  close(): void {
    this.#closed = true;
    this.#watch.close();
    void this.#feed?.close();
    for (const uuid of this.#waits.tasks()) this.#failAll(uuid, closed(uuid));
  }

  watchFailures(uuids: readonly string[], onFailure: (failed: TaskState) => void): () => void {
    const resolve = (state: TaskState): void => {
      if (state.isFailure()) onFailure(state);
    };
    // What cannot be read or waited for is for the one to say that is really waited for.
    const reject = (): void => {};
    const never = Number.POSITIVE_INFINITY;
    const waits = uuids.map((uuid) => this.#add(uuid, resolve, reject, undefined, never));
    return () => {
      for (let i = 0; i < waits.length; i++) this.#drop(uuids[i]!, waits[i]!);
    };
  }

  #wait(
    uuid: string,
    { timeoutMs = this.#defaultTimeoutMs, signal }: GetOptions,
    resolve: Wait["resolve"],
    reject: Wait["reject"],
    onState: Wait["onState"],
  ): void {
    if (this.#closed || signal?.aborted) {
      reject(this.#closed ? closed(uuid) : aborted(uuid, signal!));
      return;
    }
    const wait = this.#add(uuid, resolve, reject, onState, timeoutMs);
    if (signal) this.#listen(uuid, wait, signal);
  }

  #add(uuid: string, resolve: Wait["resolve"], reject: Wait["reject"], onState: Wait["onState"], timeoutMs: number): Wait {
    const deadline = this.#clock.now() + timeoutMs;
    const wait: Wait = { resolve, reject, onState, deadline, timeoutMs, release: undefined, next: undefined };
    this.#waits.add(uuid, wait);
    if (wait.next === undefined || onState) {
      this.#watch.add([uuid], onState ? "all" : "ended");
      if (!this.#watch.tellsStored) this.#reads.add({ id: uuid, wait });
    }
    if (deadline < this.#alarmAt) this.#setAlarm(deadline);
    this.#feed?.begin(this.#heard);
    this.#poll.hurry();
    return wait;
  }

  #listen(uuid: string, wait: Wait, signal: AbortSignal): void {
    const onAbort = (): void => this.#fail(uuid, wait, aborted(uuid, signal));
    signal.addEventListener("abort", onAbort, { once: true });
    wait.release = () => signal.removeEventListener("abort", onAbort);
  }

  /** These have ended, it is said. As long as that is so, polling can be slow; what it finds by itself makes it fast again. */
  readonly #heard = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (this.#waits.of(id) === undefined) continue;
      this.#poll.relax(true);
      const done = (json: string | null): void => {
        if (json !== null) this.#seen(id, json);
      };
      // The net is below.
      this.#reads.add({ id, wait: undefined, done, failed: () => {} });
    }
  };

  #seen(uuid: string, stored: string | StateFields): void {
    let wait = this.#waits.of(uuid);
    if (wait === undefined) return;
    const terminal = typeof stored === "string" ? isTerminalJson(stored) : isTerminal(stored.state);
    let state: TaskState | undefined;
    try {
      if (typeof stored !== "string") state = TaskState.of(stored);
      else if (terminal || hasOnlooker(wait) || !isUnfinishedJson(stored)) state = TaskState.parse(stored, uuid);
    } catch (error) {
      this.#failAll(uuid, error as Error);
      return;
    }
    if (state === undefined) return;
    if (terminal) this.#take(uuid);
    for (; wait !== undefined; wait = wait.next) {
      if (terminal) {
        wait.release?.();
        wait.resolve(state);
      } else wait.onState?.(state);
    }
  }

  #failAll(uuid: string, error: Error): void {
    for (let wait = this.#take(uuid); wait !== undefined; wait = wait.next) {
      wait.release?.();
      wait.reject(error);
    }
  }

  #fail(uuid: string, wait: Wait, error: Error): void {
    this.#drop(uuid, wait);
    wait.release?.();
    wait.reject(error);
  }

  #drop(uuid: string, wait: Wait): void {
    if (this.#waits.remove(uuid, wait)) this.#forget(uuid);
  }

  #take(uuid: string): Wait | undefined {
    const first = this.#waits.take(uuid);
    if (first !== undefined) this.#forget(uuid);
    return first;
  }

  /** Nobody waits for the task any more. */
  #forget(uuid: string): void {
    this.#watch.remove([uuid]);
    if (this.#waits.size > 0) return;
    this.#poll.stop();
    this.#alarm?.cancel();
    this.#alarmAt = Number.POSITIVE_INFINITY;
  }

  async #readBatch(batch: Read[]): Promise<void> {
    try {
      const found = await this.#backend.read(batch.map((read) => read.id));
      for (let i = 0; i < batch.length; i++) {
        const read = batch[i]!;
        const json = found[i] ?? null;
        if (read.wait === undefined) read.done(json);
        else if (json !== null) this.#seen(read.id, json);
      }
    } catch (error) {
      for (const read of batch) {
        if (read.wait === undefined) read.failed(error as Error);
        else this.#fail(read.id, read.wait, error as Error);
      }
    }
  }

  /** One timer for all deadlines, set for the nearest that has been asked for; it looks which have passed, and goes on. */
  #setAlarm(at: number): void {
    this.#alarm?.cancel();
    this.#alarmAt = at;
    this.#alarm = this.#clock.after(at - this.#clock.now(), () => this.#ring(), true);
  }

  #ring(): void {
    const now = this.#clock.now();
    this.#alarmAt = Number.POSITIVE_INFINITY;
    let nearest = Number.POSITIVE_INFINITY;
    for (const uuid of this.#waits.tasks()) {
      for (let wait = this.#waits.of(uuid); wait !== undefined; wait = wait.next) {
        if (wait.deadline <= now) this.#fail(uuid, wait, timedOut(uuid, wait.timeoutMs));
        else nearest = Math.min(nearest, wait.deadline);
      }
    }
    if (nearest < this.#alarmAt) this.#setAlarm(nearest);
  }

  /** The net: a failed poll is not an error of any wait; its own deadline is. */
  async #askForWaits(): Promise<Asked> {
    const polls = Math.ceil(this.#waits.size / POLL_BATCH);
    const ids = this.#waits.turn(POLL_BATCH);
    let ended = false;
    try {
      const found = await this.#backend.read(ids);
      for (let i = 0; i < ids.length; i++) {
        const json = found[i];
        if (!json) continue;
        ended ||= isTerminalJson(json);
        this.#seen(ids[i]!, json);
      }
    } catch {}
    if (ended) this.#poll.relax(this.#backend.capabilities.push);
    return { ended, polls };
  }
}
