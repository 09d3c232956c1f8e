import { Interests } from "../../util/interests.js";
import type { StateFields, StateListener, Watch } from "../backend.js";

interface Notice {
  readonly state: StateFields;
  /** The one that is told; `undefined`: every watch of the id. */
  readonly only: MemoryWatch | undefined;
}

/** Who watches which ids, and the notices on their way. */
export class Watches {
  readonly #stored: (id: string) => StateFields | undefined;
  readonly #interests = new Interests<MemoryWatch>();
  #notices: Notice[] = [];

  /** @param stored what is stored under an id now */
  constructor(stored: (id: string) => StateFields | undefined) {
    this.#stored = stored;
  }

  open(listener: StateListener): Watch {
    return new MemoryWatch(this, this.#interests, listener);
  }

  wanted(id: string, terminal: boolean): boolean {
    return this.#interests.wanted(id, terminal);
  }

  /** Tells those who watch the id once the caller has finished: a listener never runs inside a write. */
  tell(state: StateFields, only?: MemoryWatch): void {
    if (this.#notices.push({ state, only }) === 1) queueMicrotask(() => this.#deliver());
  }

  tellStored(id: string, all: boolean, watch: MemoryWatch): void {
    const state = this.#stored(id);
    if (state !== undefined && (all || state.state === "SUCCESS" || state.state === "FAILURE")) this.tell(state, watch);
  }

  #deliver(): void {
    const notices = this.#notices;
    this.#notices = [];
    for (const { state, only } of notices) {
      for (let interest = this.#interests.of(state.id); interest !== undefined; interest = interest.next) {
        if (only === undefined || only === interest.watch) interest.watch.listener(state.id, state);
      }
    }
  }
}

class MemoryWatch implements Watch {
  readonly tellsStored = true;
  readonly listener: StateListener;
  readonly #watches: Watches;
  readonly #interests: Interests<MemoryWatch>;
  #closed = false;

  constructor(watches: Watches, interests: Interests<MemoryWatch>, listener: StateListener) {
    this.#watches = watches;
    this.#interests = interests;
    this.listener = listener;
  }

  add(ids: readonly string[], interest: "all" | "ended" = "all"): void {
    if (this.#closed) return;
    const all = interest === "all";
    for (const id of ids) {
      this.#interests.add(id, this, all);
      this.#watches.tellStored(id, all, this);
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#interests.remove(id, this);
  }

  close(): void {
    this.#closed = true;
    this.#interests.removeAll(this);
  }
}
