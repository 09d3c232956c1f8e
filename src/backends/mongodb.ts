import type { MongoClientOptions } from "mongodb";
import { type Clock, systemClock } from "../util/clock.js";
import type {
  Backend,
  BackendCapabilities,
  GateAnswer,
  GroupMember,
  GroupRecord,
  StateListener,
  StateWrite,
  Watch,
  WriteOutcome,
} from "./backend.js";
import { ChangeFeed } from "./mongodb/change-feed.js";
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

/** A replica set's, or a sharded cluster's: their servers tell of changes. */
export const capabilitiesOfReplicaSets: BackendCapabilities = Object.freeze({ ...mongodbBackendCapabilities, push: true });

/** What FerretDB 1 does with the same commands: its updates are not atomic. Ends are inserted. */
export const capabilitiesOfFerretdb: BackendCapabilities = Object.freeze({ ...mongodbBackendCapabilities, atomicGate: false });

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
 * `group_metas`. The server deletes them by an index on `delete_at`. A replica set, or a sharded cluster, tells of results by a change stream;
 * where there is none, they are polled for.
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

function capabilitiesOf({ isAtomic, tellsOfChanges }: Database): BackendCapabilities {
  if (!isAtomic) return capabilitiesOfFerretdb;
  return tellsOfChanges ? capabilitiesOfReplicaSets : mongodbBackendCapabilities;
}

const silent: Watch = Object.freeze({ add: () => {}, remove: () => {}, close: () => {} });

class MongodbBackend implements Backend {
  readonly capabilities: BackendCapabilities;
  readonly #database: Database;
  readonly #states: States;
  readonly #groups: Groups;
  readonly #leases: Leases;
  readonly #sweeper: Sweeper | undefined;
  /** Absent where the server does not tell of changes. */
  readonly #feed: ChangeFeed | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.capabilities = capabilitiesOf(database);
    this.#states = new States(database);
    this.#leases = new Leases(database);
    this.#groups = new Groups(database, this.#leases);
    this.#sweeper = database.expires ? undefined : new Sweeper(database, clock);
    const source = { open: (all: boolean) => database.changes(all), read: (ids: readonly string[]) => this.#states.read(ids) };
    this.#feed = database.tellsOfChanges ? new ChangeFeed(source, clock) : undefined;
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

  watch(listener: StateListener): Watch {
    return this.#feed?.watch(listener) ?? silent;
  }

  async purge(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#database.run(() => Promise.all([this.#states.remove(ids), this.#groups.remove(ids)]));
  }

  async close(): Promise<void> {
    await Promise.all([this.#feed?.close(), this.#sweeper?.swept]);
    await this.#database.close();
  }
}
