import type { Records, Store } from "../../store/store.js";
import { Interests } from "../../util/interests.js";
import type { StateListener, Watch } from "../backend.js";
import type { States } from "./states.js";

const topic = "states";
/** How many batches the log keeps: who falls further behind looks at every id it watches. */
const logLength = 1_024;

/** An id that has just been added to a watch. */
interface Newcomer {
  readonly id: string;
  readonly all: boolean;
  readonly watch: FeedWatch;
}

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
  readonly #interests = new Interests<FeedWatch>();
  #newcomers: Newcomer[] = [];
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

  watch(listener: StateListener): Watch {
    if (this.#open++ === 0) this.#listen();
    return new FeedWatch(this, this.#interests, listener);
  }

  /** Tells a watch of what is stored under an id already. */
  tellStored(newcomer: Newcomer): void {
    this.#newcomers.push(newcomer);
    this.#lookSoon();
  }

  closed(): void {
    if (--this.#open > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
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
    const now = this.#now();
    const newcomers = this.#newcomers;
    this.#newcomers = [];
    const changed = this.#changed();
    for (const id of changed) {
      const json = this.#states.read(id, now, !this.#interests.wanted(id, false));
      if (json === null) continue;
      for (let one = this.#interests.of(id); one !== undefined; one = one.next) one.watch.listener(id, json);
    }
    for (const { id, all, watch } of newcomers) {
      const json = changed.has(id) || !watch.has(id) ? null : this.#states.read(id, now, !all);
      if (json !== null) watch.listener(id, json);
    }
  }

  /** The watched ids whose states have changed since it was last asked. */
  #changed(): ReadonlySet<string> {
    const changed = new Set<string>();
    if (this.#interests.size === 0) {
      this.#seen = this.#last();
      return changed;
    }
    const before = this.#seen;
    for (const { key, value } of this.#log.getRange({ start: before + 1 })) {
      if (this.#seen === before && (key as number) !== before + 1) for (const id of this.#interests.ids()) changed.add(id);
      this.#seen = key as number;
      for (const id of value) if (this.#interests.of(id)) changed.add(id);
    }
    return changed;
  }

  #last(): number {
    for (const key of this.#log.getKeys({ reverse: true, limit: 1 })) return key as number;
    return 0;
  }
}

class FeedWatch implements Watch {
  readonly tellsStored = true;
  readonly listener: StateListener;
  readonly #feed: Feed;
  readonly #interests: Interests<FeedWatch>;
  #closed = false;

  constructor(feed: Feed, interests: Interests<FeedWatch>, listener: StateListener) {
    this.#feed = feed;
    this.#interests = interests;
    this.listener = listener;
  }

  has(id: string): boolean {
    return this.#interests.has(id, this);
  }

  add(ids: readonly string[], interest: "all" | "ended" = "all"): void {
    if (this.#closed) return;
    const all = interest === "all";
    for (const id of ids) {
      this.#interests.add(id, this, all);
      this.#feed.tellStored({ id, all, watch: this });
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#interests.remove(id, this);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#interests.removeAll(this);
    this.#feed.closed();
  }
}
