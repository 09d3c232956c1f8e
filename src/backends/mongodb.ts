import type { MongoClientOptions } from "mongodb";
import { type Clock, systemClock } from "../util/clock.js";
import type {
  Backend,
  BackendCapabilities,
  GateAnswer,
  GroupMember,
  GroupRecord,
  StateWrite,
  Watch,
  WriteOutcome,
} from "./backend.js";
import { Database } from "./mongodb/database.js";
import { Groups } from "./mongodb/groups.js";
import { Leases } from "./mongodb/leases.js";
import { States } from "./mongodb/states.js";
import { Sweeper } from "./mongodb/sweeper.js";

export const mongodbBackendCapabilities: BackendCapabilities = Object.freeze({
  keeps: true,
  push: false,
  atomicStates: true,
  atomicGate: true,
  persistent: true,
  shared: true,
  rereadable: true,
  evicts: false,
});

/** What FerretDB 1 does with the same commands: its updates are not atomic. */
export const capabilitiesOfFerretdb: BackendCapabilities = Object.freeze({
  ...mongodbBackendCapabilities,
  atomicStates: false,
  atomicGate: false,
});

export interface MongodbBackendOptions {
  /** `mongodb://` or `mongodb+srv://`, with the options that the driver knows, without user name and password. */
  readonly url: string;
  /** Default: no login. */
  readonly username?: string;
  readonly password?: string;
  readonly database: string;
  /** What else the driver is told, certificates say. It goes before what stands in the URL. */
  readonly client?: MongoClientOptions;
  readonly clock?: Clock;
}

/**
 * Opens a result backend that keeps states and groups in MongoDB, in the collections and fields of Go Machinery's: `tasks`,
 * `group_metas`. The server deletes them by an index on `delete_at`.
 *
 * @throws MachineryError `ERR_BACKEND` where it can't be reached, or the user may not write; `ERR_URL_OPTION`
 */
export async function openMongodbBackend({
  url,
  username = "",
  password = "",
  database,
  client = {},
  clock = systemClock,
}: MongodbBackendOptions): Promise<Backend> {
  return new MongodbBackend(await Database.open({ url, username, password, database, client, clock }), clock);
}

const silent: Watch = Object.freeze({ add: () => {}, remove: () => {}, close: () => {} });

class MongodbBackend implements Backend {
  readonly capabilities: BackendCapabilities;
  readonly #database: Database;
  readonly #states: States;
  readonly #groups: Groups;
  readonly #leases: Leases;
  readonly #sweeper: Sweeper | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.capabilities = database.isAtomic ? mongodbBackendCapabilities : capabilitiesOfFerretdb;
    this.#states = new States(database);
    this.#leases = new Leases(database);
    this.#groups = new Groups(database, this.#leases);
    this.#sweeper = database.expires ? undefined : new Sweeper(database, clock);
  }

  write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    this.#sweeper?.sweep();
    return this.#database.run(() => this.#states.write(writes));
  }

  read(ids: readonly string[]): Promise<(string | null)[]> {
    return this.#database.run(() => this.#states.read(ids));
  }

  openGroup(group: GroupRecord): Promise<void> {
    return this.#database.run(() => this.#groups.open(group));
  }

  readGroups(ids: readonly string[]): Promise<(string | null)[]> {
    return this.#database.run(() => this.#groups.read(ids));
  }

  memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    return this.#database.run(() => this.#groups.memberDone(members));
  }

  chordSent(groupIds: readonly string[]): Promise<void> {
    return this.#database.run(() => this.#groups.sent(groupIds));
  }

  lease(key: string, owner: string, ttlMs: number): Promise<boolean> {
    return this.#database.run(() => this.#leases.take(key, owner, ttlMs));
  }

  watch(): Watch {
    return silent;
  }

  async purge(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#database.run(() => Promise.all([this.#states.remove(ids), this.#groups.remove(ids)]));
  }

  async close(): Promise<void> {
    await this.#sweeper?.swept;
    await this.#database.close();
  }
}
