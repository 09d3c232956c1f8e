import { Log, type LogFollower } from "../../store/log.js";
import type { Store } from "../../store/store.js";
import { Interests } from "../../util/interests.js";
import type { StateListener, Watch } from "../backend.js";
import type { States } from "./states.js";

/** How many batches the log keeps: who falls further behind looks at every id it watches. */
const logLength = 1_024;

/** An id that has just been added to a watch. */
interface Newcomer {
  readonly id: string;
  readonly all: boolean;
  readonly watch: FeedWatch;
}

/**
 * Which states have changed, for other processes to hear of: a log with one entry for each batch, its ids. Who watches reads the
 * entries it has not seen, and then the states it watches among them, as they are by now: of states that follow each other within a
 * moment it may see only the last.
 */
export class Feed {
  readonly #store: Store;
  readonly #states: States;
  readonly #log: Log<string[]>;
  readonly #now: () => number;
  readonly #interests = new Interests<FeedWatch>();
  #newcomers: Newcomer[] = [];
  #open = 0;
  #follower: LogFollower<string[]> | undefined;

  constructor(store: Store, states: States, now: () => number) {
    this.#store = store;
    this.#states = states;
    this.#log = new Log(store, store.records<string[]>("changes"), "states", logLength);
    this.#now = now;
  }

  /** Adds a batch to the log. To be called inside a transaction. */
  record(ids: ReadonlySet<string>): void {
    this.#log.append([[...ids]]);
  }

  /** Tells all who watch, once the transaction is committed. */
  announce(): void {
    this.#log.ring();
  }

  watch(listener: StateListener): Watch {
    if (this.#open++ === 0) this.#follower = this.#log.follow(() => this.#look());
    return new FeedWatch(this, this.#interests, listener);
  }

  /** Tells a watch of what is stored under an id already. */
  tellStored(newcomer: Newcomer): void {
    this.#newcomers.push(newcomer);
    this.#follower?.lookSoon();
  }

  closed(): void {
    if (--this.#open > 0) return;
    this.#follower?.close();
    this.#follower = undefined;
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
      this.#follower!.skip();
      return changed;
    }
    const { entries, missed } = this.#follower!.read();
    if (missed) for (const id of this.#interests.ids()) changed.add(id);
    for (const ids of entries) for (const id of ids) if (this.#interests.of(id)) changed.add(id);
    return changed;
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
