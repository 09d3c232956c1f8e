import type { Records, Store } from "../../store/store.js";
import type { Watch } from "../backend.js";
import type { States } from "./states.js";

type Listener = (id: string, json: string) => void;

const topic = "states";
/** How many batches the log keeps: who falls further behind looks at every id it watches. */
const logLength = 1_024;

/**
 * Which states have changed, for other processes to hear of: a log with one row for each batch, `sequence → ids`, of a fixed length,
 * and a ring of the bell. Who watches reads the rows it has not seen, and then the states it watches among them, as they are by
 * now: of states that follow each other within a moment it may see only the last.
 */
export class Feed {
  readonly #store: Store;
  readonly #states: States;
  readonly #log: Records<string[]>;
  readonly #now: () => number;
  readonly #watchers = new Map<string, Set<FeedWatch>>();
  #open = 0;
  #seen = 0;
  #looking = false;
  #stopListening: (() => void) | undefined;

  constructor(store: Store, states: States, now: () => number) {
    this.#store = store;
    this.#states = states;
    this.#log = store.records("changes");
    this.#now = now;
  }

  /** Adds a batch to the log. To be called inside a transaction. */
  record(ids: ReadonlySet<string>): void {
    const sequence = this.#last() + 1;
    this.#log.putSync(sequence, [...ids]);
    this.#log.removeSync(sequence - logLength);
  }

  /** Tells all who watch, once the transaction is committed. */
  announce(): void {
    this.#store.bell.ring(topic);
  }

  watch(listener: Listener): Watch {
    if (this.#open++ === 0) this.#listen();
    return new FeedWatch(this.#watchers, listener, () => {
      if (--this.#open > 0) return;
      this.#stopListening?.();
      this.#stopListening = undefined;
    });
  }

  #listen(): void {
    this.#stopListening = this.#store.bell.listen(topic, () => this.#lookSoon());
    this.#store.refresh();
    this.#seen = this.#last();
  }

  /** A listener never runs inside a write. */
  #lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    queueMicrotask(() => {
      this.#looking = false;
      if (this.#stopListening) this.#look();
    });
  }

  #look(): void {
    this.#store.refresh();
    const changed = new Set<string>();
    const before = this.#seen;
    for (const { key, value } of this.#log.getRange({ start: before + 1 })) {
      if (this.#seen === before && (key as number) !== before + 1) for (const id of this.#watchers.keys()) changed.add(id);
      this.#seen = key as number;
      for (const id of value) if (this.#watchers.has(id)) changed.add(id);
    }
    const now = this.#now();
    for (const id of changed) {
      const json = this.#states.read(id, now);
      if (json === null) continue;
      for (const watch of this.#watchers.get(id) ?? []) watch.listener(id, json);
    }
  }

  #last(): number {
    for (const key of this.#log.getKeys({ reverse: true, limit: 1 })) return key as number;
    return 0;
  }
}

class FeedWatch implements Watch {
  readonly listener: Listener;
  readonly #watchers: Map<string, Set<FeedWatch>>;
  readonly #ids = new Set<string>();
  #onClose: (() => void) | undefined;

  constructor(watchers: Map<string, Set<FeedWatch>>, listener: Listener, onClose: () => void) {
    this.#watchers = watchers;
    this.listener = listener;
    this.#onClose = onClose;
  }

  add(ids: readonly string[]): void {
    if (!this.#onClose) return;
    for (const id of ids) {
      this.#ids.add(id);
      const others = this.#watchers.get(id);
      if (others) others.add(this);
      else this.#watchers.set(id, new Set([this]));
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ids.delete(id);
      const watchers = this.#watchers.get(id);
      if (watchers?.delete(this) && watchers.size === 0) this.#watchers.delete(id);
    }
  }

  close(): void {
    this.remove([...this.#ids]);
    this.#onClose?.();
    this.#onClose = undefined;
  }
}
