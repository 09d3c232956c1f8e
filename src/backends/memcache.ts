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
import { Cache } from "./memcache/cache.js";
import type { Address } from "./memcache/connection.js";
import { Groups, isGroupJson } from "./memcache/groups.js";
import { Leases } from "./memcache/leases.js";
import { States } from "./memcache/states.js";

export const memcacheBackendCapabilities: BackendCapabilities = Object.freeze({
  keeps: true,
  push: false,
  atomicStates: true,
  atomicGate: true,
  persistent: false,
  shared: true,
  rereadable: true,
  evicts: true,
});

export interface MemcacheBackendOptions {
  /** In the order in which Go's workers name them, too: a key is kept by the server whose number follows from it. */
  readonly servers: readonly Address[];
  /** For servers that ask for a login (SASL). Default: none. */
  readonly username?: string;
  readonly password?: string;
  /** How long a server may be silent while something is asked of it, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number;
  /** What that time goes by. How long things are kept goes by the servers' clocks. */
  readonly clock?: Clock;
}

/**
 * Opens a result backend that keeps states, groups and leases in Memcached, as Go Machinery's does. What is kept there is best effort:
 * a full server drops what was not used for longest, and one that is started anew has nothing. There is no TLS.
 *
 * @throws MachineryError `ERR_BACKEND` where one of the servers does not answer
 */
export async function openMemcacheBackend({
  servers,
  username = "",
  password = "",
  timeoutMs = 2_000,
  clock = systemClock,
}: MemcacheBackendOptions): Promise<Backend> {
  return new MemcacheBackend(await Cache.open(servers, { username, password, timeoutMs, clock }));
}

/** Nobody is told anything: readers poll. */
const silent: Watch = Object.freeze({ add: () => {}, remove: () => {}, close: () => {} });

class MemcacheBackend implements Backend {
  readonly capabilities = memcacheBackendCapabilities;
  readonly #cache: Cache;
  readonly #states: States;
  readonly #groups: Groups;
  readonly #leases: Leases;

  constructor(cache: Cache) {
    this.#cache = cache;
    this.#states = new States(cache);
    this.#groups = new Groups(cache);
    this.#leases = new Leases(cache);
  }

  write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    return this.#states.write(writes);
  }

  read(ids: readonly string[]): Promise<(string | null)[]> {
    return this.#states.read(ids);
  }

  openGroup(group: GroupRecord): Promise<void> {
    return this.#groups.open(group);
  }

  readGroups(ids: readonly string[]): Promise<(string | null)[]> {
    return this.#states.read(ids);
  }

  memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    return this.#groups.memberDone(members);
  }

  async chordSent(groupIds: readonly string[]): Promise<void> {
    await Promise.all(groupIds.map((id) => this.#groups.sent(id)));
  }

  lease(key: string, owner: string, ttlMs: number): Promise<boolean> {
    return this.#leases.take(key, owner, ttlMs);
  }

  watch(): Watch {
    return silent;
  }

  async purge(ids: readonly string[]): Promise<void> {
    const found = await this.#states.read(ids);
    await Promise.all(
      ids.map(async (id, i) => {
        const json = found[i];
        if (json == null) return;
        await this.#cache.delete(id);
        if (isGroupJson(json)) await this.#groups.remove(id, json);
      }),
    );
  }

  async close(): Promise<void> {
    this.#cache.close();
  }
}
