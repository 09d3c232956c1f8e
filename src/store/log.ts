import type { Database, Key } from "lmdb";
import type { Store } from "./store.js";

/**
 * What has happened, for other processes to hear of: a table `sequence → entry` that keeps the last `length` entries, and a bell of its
 * own. Who follows it reads what came since it last looked.
 */
export class Log<V> {
  readonly store: Store;
  readonly #rows: Database<V, Key>;
  readonly #topic: string;
  readonly #length: number;

  /** @param topic of the bell */
  constructor(store: Store, rows: Database<V, Key>, topic: string, length: number) {
    this.store = store;
    this.#rows = rows;
    this.#topic = topic;
    this.#length = length;
  }

  /** To be called inside a transaction. */
  append(entries: readonly V[]): void {
    let sequence = this.last();
    for (const entry of entries) {
      this.#rows.putSync(++sequence, entry);
      this.#rows.removeSync(sequence - this.#length);
    }
  }

  /** Tells all who follow, once the transaction is committed. */
  ring(): void {
    this.store.bell.ring(this.#topic);
  }

  /**
   * Follows the log from now on.
   *
   * @param look called when there may be something to read, never inside a write
   */
  follow(look: () => void): LogFollower<V> {
    return new LogFollower(this, this.#topic, look);
  }

  /** The number of the last entry, 0 if there has never been one. */
  last(): number {
    for (const key of this.#rows.getKeys({ reverse: true, limit: 1 })) return key as number;
    return 0;
  }

  after(sequence: number): Iterable<{ readonly key: Key; readonly value: V }> {
    return this.#rows.getRange({ start: sequence + 1 });
  }
}

/** One reader's place in a log. */
export class LogFollower<V> {
  readonly #log: Log<V>;
  readonly #look: () => void;
  readonly #stopListening: () => void;
  #seen: number;
  #looking = false;
  #closed = false;

  constructor(log: Log<V>, topic: string, look: () => void) {
    this.#log = log;
    this.#look = look;
    this.#stopListening = log.store.bell.listen(topic, () => this.lookSoon());
    log.store.refresh();
    this.#seen = log.last();
  }

  /** Has `look` called in the next microtask. */
  lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    queueMicrotask(() => {
      this.#looking = false;
      if (!this.#closed) this.#look();
    });
  }

  /** What came since the last look; `missed` if the log no longer holds all of it. Call the store's `refresh` first. */
  read(): { readonly entries: readonly V[]; readonly missed: boolean } {
    const entries: V[] = [];
    const next = this.#seen + 1;
    let missed = false;
    for (const { key, value } of this.#log.after(this.#seen)) {
      if (entries.push(value) === 1) missed = key !== next;
      this.#seen = key as number;
    }
    return { entries, missed };
  }

  /** Forgoes what came since the last look. */
  skip(): void {
    this.#seen = this.#log.last();
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
  }
}
