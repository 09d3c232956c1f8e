import type { StateFields, StateListener, Watch } from "../backend.js";

/** One watch's interest in one id; those of other watches follow. */
interface Interest {
  readonly watch: MemoryWatch;
  /** Whether it wants to hear of all states, or of terminal ones only. */
  all: boolean;
  next: Interest | undefined;
}

interface Notice {
  readonly state: StateFields;
  /** The one that is told; `undefined`: every watch of the id. */
  readonly only: MemoryWatch | undefined;
}

/** Who watches which ids, and the notices on their way. */
export class Watches {
  readonly #stored: (id: string) => StateFields | undefined;
  readonly #interests = new Map<string, Interest>();
  #notices: Notice[] = [];

  /** @param stored what is stored under an id now */
  constructor(stored: (id: string) => StateFields | undefined) {
    this.#stored = stored;
  }

  open(listener: StateListener): Watch {
    return new MemoryWatch(this, listener);
  }

  /** Whether anybody wants to hear of a state of this id. */
  wanted(id: string, ended: boolean): boolean {
    let interest = this.#interests.get(id);
    if (ended) return interest !== undefined;
    for (; interest !== undefined; interest = interest.next) if (interest.all) return true;
    return false;
  }

  /** Tells those who watch the id once the caller has finished: a listener never runs inside a write. */
  tell(state: StateFields, only?: MemoryWatch): void {
    if (this.#notices.push({ state, only }) === 1) queueMicrotask(() => this.#deliver());
  }

  add(id: string, watch: MemoryWatch, all: boolean): void {
    const first = this.#interests.get(id);
    let interest = first;
    while (interest !== undefined && interest.watch !== watch) interest = interest.next;
    if (interest === undefined) this.#interests.set(id, { watch, all, next: first });
    else interest.all ||= all;
    const state = this.#stored(id);
    if (state !== undefined && (all || state.state === "SUCCESS" || state.state === "FAILURE")) this.tell(state, watch);
  }

  remove(id: string, watch: MemoryWatch): void {
    const rest = without(this.#interests.get(id), watch);
    if (rest === undefined) this.#interests.delete(id);
    else this.#interests.set(id, rest);
  }

  removeAll(watch: MemoryWatch): void {
    for (const id of [...this.#interests.keys()]) this.remove(id, watch);
  }

  #deliver(): void {
    const notices = this.#notices;
    this.#notices = [];
    for (const { state, only } of notices) {
      let interest = this.#interests.get(state.id);
      while (interest !== undefined) {
        const { watch, next } = interest;
        if (only === undefined || only === watch) watch.listener(state.id, state);
        interest = next;
      }
    }
  }
}

function without(interest: Interest | undefined, watch: MemoryWatch): Interest | undefined {
  if (interest === undefined || interest.watch === watch) return interest?.next;
  interest.next = without(interest.next, watch);
  return interest;
}

class MemoryWatch implements Watch {
  readonly tellsStored = true;
  readonly listener: StateListener;
  readonly #watches: Watches;
  #closed = false;

  constructor(watches: Watches, listener: StateListener) {
    this.#watches = watches;
    this.listener = listener;
  }

  add(ids: readonly string[], interest: "all" | "ended" = "all"): void {
    if (this.#closed) return;
    for (const id of ids) this.#watches.add(id, this, interest === "all");
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#watches.remove(id, this);
  }

  close(): void {
    this.#closed = true;
    this.#watches.removeAll(this);
  }
}
