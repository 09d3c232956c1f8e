import { backoffMs } from "../../util/backoff.js";
import { Batcher } from "../../util/batcher.js";
import { type Clock, delay } from "../../util/clock.js";
import { Interests } from "../../util/interests.js";
import { isTerminalJson } from "../../wire/state-text.js";
import type { StateListener, Watch } from "../backend.js";

/** What tells of changes: the driver's ChangeStream, in so far as it is needed here. */
export interface Changes {
  /** The next change that is there, `null` where there is none: the server has been asked, and from then on none is missed. */
  tryNext(): Promise<Change | null>;
  next(): Promise<Change>;
  close(): Promise<void>;
}

export interface Change {
  readonly documentKey?: { readonly _id: unknown };
}

export interface ChangeSource {
  /** @param all whether states that are not the last one matter, too */
  open(all: boolean): Changes;
  read(ids: readonly string[]): Promise<(string | null)[]>;
}

/**
 * States, told to those who watch them, by one change stream of the collection: it says which tasks have changed, and those that are
 * watched are read. The driver resumes a stream that breaks; where it cannot, another one is opened, and all that is watched is read once.
 */
export class ChangeFeed {
  readonly #source: ChangeSource;
  readonly #clock: Clock;
  readonly #interests = new Interests<FeedWatch>();
  readonly #reads: Batcher<string>;
  readonly #closed = new AbortController();
  #all = false;
  #changes: Changes | undefined;
  #running: Promise<void> | undefined;

  constructor(source: ChangeSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#reads = new Batcher((ids) => this.#tell(ids));
  }

  watch(listener: StateListener): Watch {
    return new FeedWatch(this, listener);
  }

  add(id: string, watch: FeedWatch, all: boolean): void {
    if (this.#closed.signal.aborted) return;
    this.#interests.add(id, watch, all);
    this.#running ??= this.#run();
    if (!all || this.#all) return;
    // Another stream, that tells more; the one that is open ends by its close.
    this.#all = true;
    void this.#changes?.close().catch(() => {});
  }

  remove(id: string, watch: FeedWatch): void {
    this.#interests.remove(id, watch);
  }

  removeAll(watch: FeedWatch): void {
    this.#interests.removeAll(watch);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#changes?.close().catch(() => {});
    await this.#running;
    await this.#reads.idle();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    for (let failures = 0; !signal.aborted; ) {
      const all = this.#all;
      const changes = this.#source.open(all);
      this.#changes = changes;
      try {
        this.#changed(await changes.tryNext());
        failures = 0;
        // What changed before the stream was open.
        for (const id of this.#interests.ids()) this.#reads.add(id);
        while (!signal.aborted) this.#changed(await changes.next());
      } catch {
        // Polling goes on beneath.
        await changes.close().catch(() => {});
        if (all === this.#all) await delay(this.#clock, backoffMs(failures++, { baseMs: 200, maxMs: 5_000 }), signal);
      }
    }
  }

  #changed(change: Change | null): void {
    const id = change?.documentKey?._id;
    if (typeof id === "string" && this.#interests.of(id) !== undefined) this.#reads.add(id);
  }

  async #tell(ids: readonly string[]): Promise<void> {
    let found: (string | null)[];
    try {
      found = await this.#source.read(ids);
    } catch {
      return;
    }
    for (let i = 0; i < ids.length; i++) {
      const json = found[i];
      if (!json) continue;
      const terminal = isTerminalJson(json);
      for (let interest = this.#interests.of(ids[i]!); interest !== undefined; interest = interest.next) {
        if (terminal || interest.all) interest.watch.listener(ids[i]!, json);
      }
    }
  }
}

class FeedWatch implements Watch {
  readonly listener: StateListener;
  readonly #feed: ChangeFeed;

  constructor(feed: ChangeFeed, listener: StateListener) {
    this.#feed = feed;
    this.listener = listener;
  }

  add(ids: readonly string[], interest: "all" | "ended" = "all"): void {
    for (const id of ids) this.#feed.add(id, this, interest === "all");
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#feed.remove(id, this);
  }

  close(): void {
    this.#feed.removeAll(this);
  }
}
