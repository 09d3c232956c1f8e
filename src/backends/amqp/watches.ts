import { Interests } from "../../util/interests.js";
import type { StateListener, Watch } from "../backend.js";

interface Known {
  readonly json: string;
  readonly state: string;
}

export interface WatchesParts {
  /** What is known of an id now. */
  stateOf(id: string): Known | undefined;
  /** Somebody watches an id that nobody watched. */
  onFirst(id: string): void;
  /** Nobody watches it any more. */
  onLast(id: string): void;
}

/** Who watches which ids. */
export class Watches {
  readonly #parts: WatchesParts;
  readonly #interests = new Interests<AmqpWatch>();
  readonly #open = new Set<AmqpWatch>();

  constructor(parts: WatchesParts) {
    this.#parts = parts;
  }

  /** @param topic how workers elsewhere reach it, where they must be told */
  open(topic: string | undefined, listener: StateListener): Watch {
    const watch = new AmqpWatch(this, topic, listener);
    this.#open.add(watch);
    return watch;
  }

  add(watch: AmqpWatch, id: string, all: boolean): void {
    const isFirst = this.#interests.of(id) === undefined;
    this.#interests.add(id, watch, all);
    if (isFirst) this.#parts.onFirst(id);
    this.#tellKnown(watch, id, all);
  }

  remove(watch: AmqpWatch, id: string): void {
    if (this.#interests.of(id) === undefined) return;
    this.#interests.remove(id, watch);
    if (this.#interests.of(id) === undefined) this.#parts.onLast(id);
  }

  removeAll(watch: AmqpWatch): void {
    this.#interests.removeAll(watch);
    this.#open.delete(watch);
  }

  /** Tells those who watch the id, once the caller has finished: a listener never runs inside a write. */
  tell(id: string, terminal: boolean): void {
    if (!this.#interests.wanted(id, terminal)) return;
    const known = this.#parts.stateOf(id);
    if (known === undefined) return;
    const { json } = known;
    queueMicrotask(() => {
      for (let interest = this.#interests.of(id); interest !== undefined; interest = interest.next) {
        if (terminal || interest.all) interest.watch.listener(id, json);
      }
    });
  }

  close(): void {
    for (const watch of this.#open) watch.close();
  }

  #tellKnown(watch: AmqpWatch, id: string, all: boolean): void {
    const known = this.#parts.stateOf(id);
    if (known === undefined || !(all || known.state === "SUCCESS" || known.state === "FAILURE")) return;
    const { json } = known;
    queueMicrotask(() => {
      if (this.#interests.has(id, watch)) watch.listener(id, json);
    });
  }
}

class AmqpWatch implements Watch {
  readonly tellsStored = true;
  readonly topic?: string;
  readonly listener: StateListener;
  readonly #watches: Watches;
  #closed = false;

  constructor(watches: Watches, topic: string | undefined, listener: StateListener) {
    this.#watches = watches;
    if (topic !== undefined) this.topic = topic;
    this.listener = listener;
  }

  add(ids: readonly string[], interest: "all" | "ended" = "all"): void {
    if (this.#closed) return;
    for (const id of ids) this.#watches.add(this, id, interest === "all");
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#watches.remove(this, id);
  }

  close(): void {
    this.#closed = true;
    this.#watches.removeAll(this);
  }
}
