import { Batcher } from "../../util/batcher.js";
import { type Clock, systemClock, type Timer } from "../../util/clock.js";
import { Interests } from "../../util/interests.js";
import { SlotMap } from "../../util/slot-map.js";
import { isTerminalJson } from "../../wire/state-text.js";
import type { StateListener, Watch } from "../backend.js";

/** Where a feed hears from. */
export interface FeedSource {
  /** The channel on which workers announce states to this process. */
  readonly topic: string;
  /** Reads states. `tracked`: the server is to tell when one of them changes next, so far as it can. */
  read(ids: readonly string[], tracked: boolean): Promise<(string | null)[]>;
  /** Begins to hear of changes, and of terminal states that are announced; returns what ends that. */
  listen(listener: FeedListener): () => void;
  /** Begins to hear of the other states that are announced, too. */
  listenToAll(): void;
}

export interface FeedListener {
  /** A worker of this library has stored a state. */
  announced(id: string, json: string): void;
  /** Somebody has stored or deleted something there. */
  changed(id: string): void;
  /** Something may have been missed. */
  reset(): void;
}

/** An id that somebody watches. */
interface Followed {
  /** The state that was told last; nothing follows a terminal one. */
  json: string | null;
  ended: boolean;
  /** Grows with each state told. */
  told: number;
  /** Grows with each state announced: what was read before is older. */
  announced: number;
}

/** A read that is due. */
interface Look {
  readonly id: string;
  readonly tracked: boolean;
  /** A watch that has just been added, and is to be told of what there is; and how much had been told before. */
  readonly newcomer: RedisWatch | undefined;
  readonly told: number;
}

/** How long a state that changed, or is new here, is left alone where its worker will announce the next one. */
const patienceMs = 50;

/**
 * States, told to those who watch them. Workers of this library announce them to the process that waits; Go's only store them, and then
 * the server says that a key has changed, which is to be read. Asking it to say so for each key, and reading on each change, costs as
 * much as all the rest: as long as states are announced, it is done only for those that take long.
 */
export class Feed {
  readonly #source: FeedSource;
  readonly #clock: Clock = systemClock;
  readonly #interests = new Interests<RedisWatch>();
  readonly #followed = new SlotMap<Followed>();
  readonly #looks: Batcher<Look>;
  /** To be looked at when the time has come. */
  #later = new Set<string>();
  #timer: Timer | undefined;
  /** Whether the last state that a task ended with came without an announcement. */
  #unannounced = true;
  #stopListening: (() => void) | undefined;

  constructor(source: FeedSource) {
    this.#source = source;
    this.#looks = new Batcher((looks) => this.#lookAll(looks), { maxInFlight: 4 });
  }

  get topic(): string {
    return this.#source.topic;
  }

  watch(listener: StateListener): Watch {
    return new RedisWatch(this, listener);
  }

  close(): void {
    this.#stopListening?.();
    this.#timer?.cancel();
    this.#later.clear();
  }

  add(id: string, watch: RedisWatch, all: boolean): void {
    this.#stopListening ??= this.#source.listen(this);
    if (all) this.#source.listenToAll();
    this.#interests.add(id, watch, all);
    let followed = this.#followed.get(id);
    if (followed === undefined) {
      followed = { json: null, ended: false, told: 0, announced: 0 };
      this.#followed.set(id, followed);
    }
    this.#looks.add({ id, tracked: this.#unannounced, newcomer: watch, told: followed.told });
    if (!this.#unannounced) this.#lookLater(id);
  }

  remove(id: string, watch: RedisWatch): void {
    this.#interests.remove(id, watch);
    if (this.#interests.of(id) !== undefined) return;
    this.#followed.delete(id);
    this.#later.delete(id);
  }

  removeAll(watch: RedisWatch): void {
    for (const id of [...this.#followed.keys()]) this.remove(id, watch);
  }

  announced(id: string, json: string): void {
    const followed = this.#followed.get(id);
    if (followed === undefined) return;
    this.#unannounced = false;
    followed.announced++;
    this.#tell(id, followed, json, undefined);
  }

  changed(id: string): void {
    if (this.#followed.get(id) === undefined) return;
    if (this.#unannounced) this.#look(id);
    else this.#lookLater(id);
  }

  reset(): void {
    for (const id of this.#followed.keys()) this.#look(id);
  }

  #look(id: string): void {
    this.#looks.add({ id, tracked: true, newcomer: undefined, told: 0 });
  }

  #lookLater(id: string): void {
    this.#later.add(id);
    this.#timer ??= this.#clock.after(patienceMs, () => {
      const ids = this.#later;
      this.#later = new Set();
      this.#timer = undefined;
      for (const one of ids) this.#look(one);
    });
  }

  /** What cannot be read is read when the connection is back, or when the one who waits polls. */
  async #lookAll(looks: readonly Look[]): Promise<void> {
    const wanted = looks.filter(({ id }) => this.#followed.get(id) !== undefined);
    if (wanted.length === 0) return;
    const before = wanted.map(({ id }) => this.#followed.get(id)!.announced);
    try {
      const found = await this.#source.read(
        wanted.map(({ id }) => id),
        wanted.some(({ tracked }) => tracked),
      );
      for (const [i, { id, newcomer, told }] of wanted.entries()) {
        const followed = this.#followed.get(id);
        const json = found[i] ?? null;
        if (json === null || followed === undefined || followed.announced !== before[i]) continue;
        if (newcomer === undefined && json !== followed.json && isTerminalJson(json)) this.#unannounced = true;
        this.#tell(id, followed, json, told === followed.told ? newcomer : undefined);
      }
    } catch {}
  }

  /** Tells each watch of what it has not heard yet. */
  #tell(id: string, followed: Followed, json: string, newcomer: RedisWatch | undefined): void {
    const isNews = json !== followed.json && !followed.ended;
    if (!isNews && newcomer === undefined) return;
    if (isNews) {
      followed.told++;
      followed.json = json;
      followed.ended = isTerminalJson(json);
    }
    for (let interest = this.#interests.of(id); interest !== undefined; interest = interest.next) {
      if ((isNews || interest.watch === newcomer) && (followed.ended || interest.all)) interest.watch.listener(id, followed.json!);
    }
  }
}

class RedisWatch implements Watch {
  readonly tellsStored = true;
  readonly listener: StateListener;
  readonly #feed: Feed;
  #closed = false;

  constructor(feed: Feed, listener: StateListener) {
    this.#feed = feed;
    this.listener = listener;
  }

  get topic(): string {
    return this.#feed.topic;
  }

  add(ids: readonly string[], interest: "all" | "ended" = "all"): void {
    if (this.#closed) return;
    for (const id of ids) this.#feed.add(id, this, interest === "all");
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#feed.remove(id, this);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#feed.removeAll(this);
  }
}
