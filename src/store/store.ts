import { closeSync, fdatasync, openSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Database, type Key, open, type RootDatabase } from "lmdb";
import { MachineryError } from "../errors.js";
import { type Clock, systemClock, type Timer } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { NamedStores } from "../util/named-stores.js";
import { Bell } from "./bell.js";
import { lastTransaction } from "./data-file.js";
import { folderError, prepareFolder } from "./folder.js";
import { setLastTransaction } from "./last-transaction.js";

/** Rows of bytes in the order of their keys (numbers before strings; an array by its parts). */
export type Table = Database<Buffer, Key>;
/** Rows of small records, as JSON. */
export type Records<V> = Database<V, Key>;

export interface StoreOptions {
  /** Made if it is missing; its parents too. */
  readonly folder: string;
  /**
   * `true`: what was stored survives a loss of power as well, since every batch waits for the disk (0.5 to 10 ms each). `false`, the
   * default: it survives the end of every process, however violent, but the system writes it to the disk in its own time; a loss
   * of power may cost the last seconds and, in the middle of heavy writing, the store.
   */
  readonly sync?: boolean;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** `transactionSync` flags of lmdb: may be aborted, commits before it returns; and LMDB's MDB_NOSYNC for one transaction. */
const abortable = 0x3;
const noSync = 0x10000;
/** Without `sync`, the disk is brought up to date this long after the last write. */
const quietMs = 1_000;
/** How often a transaction is begun anew because it would not follow the last one. */
const mostRetries = 10;
const outdated = new Error("the number of the last transaction is wrong, again and again");
const maxReaders = 1_000;
const maxTables = 24;

/**
 * One folder, opened by this process: an LMDB environment and the bell. LMDB was chosen for what a queue of many processes needs: a
 * reader never waits, a batch is one transaction of some 20 microseconds and 2 to 10 more for each row, and a process that is
 * killed in the middle of a write leaves a sound store and no lock behind (robust mutexes). The package needs no install script.
 * SQLite's bindings need one, or a newer Node; a log of our own would have to earn the same trust first.
 *
 * Transactions are synchronous: handing one to another thread and back takes longer than the transaction itself (75 microseconds
 * against 18 for one row), and costs throughput too (48,000 rows a second against 78,000, in batches of 50). There is one writer at a
 * time, and the others wait; nothing but the rows of one batch is done while writing. A process that is suspended, not killed, in
 * the middle of that holds up the others until it goes on.
 *
 * LMDB may not open one folder twice in a process, so that broker and backend share a store: `acquireStore` counts.
 */
export class Store {
  readonly folder: string;
  readonly bell: Bell;
  readonly #env: RootDatabase<Buffer, Key>;
  readonly #tables = new Map<string, Database<unknown, Key>>();
  readonly #dataFile: number;
  readonly #inode: number;
  readonly #clock: Clock;
  #quiet: Timer | undefined;
  #busy = false;
  #closed = false;

  constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.#clock = clock;
    try {
      this.#env = open<Buffer, Key>({
        path: folder,
        encoding: "binary",
        overlappingSync: false,
        noSubdir: false,
        maxDbs: maxTables,
        maxReaders,
      });
      this.#dataFile = openSync(join(folder, "data.mdb"), "r");
      this.#inode = statSync(join(folder, "data.mdb")).ino;
      this.bell = new Bell(folder, clock);
    } catch (error) {
      throw folderError(folder, error);
    }
  }

  table(name: string): Table {
    return this.#open(name, "binary") as Table;
  }

  records<V>(name: string): Records<V> {
    return this.#open(name, "json") as Records<V>;
  }

  /** Runs `write` as one transaction: all of it is stored, or, if it throws, nothing. It must be synchronous. */
  transact<T>(sync: boolean, write: () => T): T {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", `The store in ${this.folder} was closed before.`);
    const result = this.#commit(sync, crashPoint ? passing(write) : write);
    crashPoint?.("committed");
    if (!sync) this.#flushWhenQuiet();
    return result;
  }

  #commit<T>(sync: boolean, write: () => T): T {
    const writeOnLast = (): T => {
      this.#mustFollowLast();
      return write();
    };
    for (let retries = 0; ; retries++) {
      try {
        return this.#env.transactionSync(writeOnLast, sync ? abortable : abortable | noSync);
      } catch (error) {
        if (error !== outdated || retries === mostRetries) throw folderError(this.folder, error);
      }
    }
  }

  /** Ends a transaction that would overwrite the last one; see `setLastTransaction`. The next one will follow it. */
  #mustFollowLast(): void {
    if (this.#env.getWriteTxnId() === lastTransaction(this.#dataFile) + 1) return;
    setLastTransaction(this.folder);
    throw outdated;
  }

  /** Makes the next reads see what any process has stored until now. */
  refresh(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", `The store in ${this.folder} was closed before.`);
    this.#env.resetReadTxn();
  }

  /** Frees what readers that were killed still pin, and throws if somebody has deleted or replaced the folder in the meantime. */
  check(): void {
    this.#env.readerCheck();
    let inode: number | undefined;
    try {
      inode = statSync(join(this.folder, "data.mdb")).ino;
    } catch {
      inode = undefined;
    }
    if (inode === this.#inode) return;
    throw new MachineryError("ERR_STORE", `The store in ${this.folder} was deleted or replaced while this process had it open.`, {
      hint: "Start this process again.",
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#quiet?.cancel();
    this.bell.close();
    closeSync(this.#dataFile);
    await this.#env.close();
  }

  #open(name: string, encoding: "binary" | "json"): Database<unknown, Key> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      // It may have to be made.
      table = this.#commit(false, () => this.#env.openDB<unknown, Key>({ name, encoding }));
      this.#tables.set(name, table);
    }
    return table;
  }

  /** One timer, which looks again as long as there were writes since it last looked. */
  #flushWhenQuiet(): void {
    this.#busy = true;
    this.#quiet ??= this.#clock.after(quietMs, () => {
      this.#quiet = undefined;
      if (this.#busy) {
        this.#flushWhenQuiet();
        this.#busy = false;
      } else fdatasync(this.#dataFile, () => {});
    });
  }
}

/** The same write, which ends at its crash point. */
function passing<T>(write: () => T): () => T {
  return () => {
    const result = write();
    crashPoint?.("in-transaction");
    return result;
  };
}

const stores = new NamedStores<Store>();

/** The store in that folder, opened if this process has not opened it yet. Every call wants its own `releaseStore`. */
export function acquireStore({ folder, clock = systemClock }: StoreOptions): Store {
  prepareFolder(resolve(folder));
  const path = realpathSync(folder);
  return stores.acquire(path, () => new Store(path, clock));
}

/** Closes the store when its last user has released it. */
export async function releaseStore(store: Store): Promise<void> {
  if (stores.release(store.folder)) await store.close();
}
