import { MachineryError, preview } from "../errors.js";
import { acquireStore, type Records, releaseStore, type Store, type StoreOptions } from "../store/store.js";
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
import { type Expiring, Expiry } from "./file/expiry.js";
import { Feed } from "./file/feed.js";
import { Groups } from "./file/groups.js";
import { States } from "./file/states.js";

export const fileBackendCapabilities: BackendCapabilities = Object.freeze({
  keeps: true,
  push: true,
  atomicStates: true,
  atomicGate: true,
  persistent: true,
  shared: true,
  rereadable: true,
  evicts: false,
});

export type FileBackendOptions = StoreOptions;

/**
 * Opens a result backend that lives in a folder, for any number of processes of this machine.
 * @throws MachineryError `ERR_STORE` if the folder cannot be used
 */
export function openFileBackend(options: FileBackendOptions): Backend {
  return new FileBackend(options);
}

interface Lease {
  readonly owner: string;
  readonly expiresAt: number;
}

/** LMDB's keys have 1,978 bytes at most, and a group's id stands in one key with a member's. */
const longestId = 900;
/** Rows whose time is over that a batch deletes: this many for each row it writes, and this many more. */
const sweptPerRow = 2;
const sweptPerBatch = 16;

class FileBackend implements Backend {
  readonly capabilities = fileBackendCapabilities;
  readonly #shared: Store;
  readonly #states: States;
  readonly #groups: Groups;
  readonly #leases: Records<Lease>;
  readonly #expiry: Expiry;
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #sync: boolean;
  readonly #watches = new Set<Watch>();
  #closed = false;

  constructor(options: FileBackendOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#sync = options.sync ?? false;
    this.#shared = acquireStore(options);
    this.#expiry = new Expiry(this.#shared);
    this.#states = new States(this.#shared, this.#expiry);
    this.#groups = new Groups(this.#shared, this.#expiry);
    this.#leases = this.#shared.records("leases");
    this.#feed = new Feed(this.#shared, this.#states, () => this.#clock.now());
  }

  async write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    const store = this.#store();
    const errors = writes.map(({ id }) => refusal(id));
    const accepted = errors.every((error) => error === undefined) ? writes : writes.filter((_, i) => errors[i] === undefined);
    if (accepted.length === 0) return errors.map((error) => ({ ok: false, stored: null, error: error! }));
    const changed = new Set<string>();
    const outcomes = store.transact(this.#sync, () => {
      const now = this.#clock.now();
      const stored = this.#states.write(accepted, now, changed);
      if (changed.size > 0) this.#feed.record(changed);
      this.#sweep(now, accepted.length);
      return stored;
    });
    if (changed.size > 0) this.#feed.announce();
    if (accepted === writes) return outcomes;
    let next = 0;
    return errors.map((error) => (error === undefined ? outcomes[next++]! : { ok: false, stored: null, error }));
  }

  async read(ids: readonly string[]): Promise<(string | null)[]> {
    this.#store().refresh();
    const now = this.#clock.now();
    return ids.map((id) => (refusal(id) === undefined ? this.#states.read(id, now) : null));
  }

  async openGroup(group: GroupRecord): Promise<void> {
    mustBeKey(group.id);
    this.#store().transact(this.#sync, () => {
      const now = this.#clock.now();
      this.#groups.open(group, now);
      this.#sweep(now, 1);
    });
  }

  async readGroups(ids: readonly string[]): Promise<(string | null)[]> {
    this.#store().refresh();
    const now = this.#clock.now();
    return ids.map((id) => (refusal(id) === undefined ? this.#groups.read(id, now) : null));
  }

  async memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    for (const { group, member } of members) {
      mustBeKey(group);
      mustBeKey(member);
    }
    return this.#store().transact(this.#sync, () => {
      const now = this.#clock.now();
      return members.map((member) => this.#groups.memberDone(member, now));
    });
  }

  async chordSent(groupIds: readonly string[]): Promise<void> {
    groupIds.forEach(mustBeKey);
    this.#store().transact(this.#sync, () => {
      for (const id of groupIds) this.#groups.chordSent(id);
    });
  }

  async lease(key: string, owner: string, ttlMs: number): Promise<boolean> {
    mustBeKey(key);
    return this.#store().transact(this.#sync, () => {
      const now = this.#clock.now();
      const held = this.#leases.get(key);
      if (held && held.owner !== owner && held.expiresAt > now) return false;
      if (ttlMs > 0) {
        this.#leases.putSync(key, { owner, expiresAt: now + ttlMs });
        this.#expiry.note("lease", key, now + ttlMs, held?.expiresAt);
      } else this.#leases.removeSync(key);
      return true;
    });
  }

  watch(listener: StateListener): Watch {
    this.#store();
    const watch = this.#feed.watch(listener);
    this.#watches.add(watch);
    return watch;
  }

  async purge(ids: readonly string[]): Promise<void> {
    const known = ids.filter((id) => refusal(id) === undefined);
    this.#store().transact(this.#sync, () => {
      for (const id of known) {
        this.#states.remove(id);
        this.#groups.remove(id);
      }
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of this.#watches) watch.close();
    await releaseStore(this.#shared);
  }

  #sweep(now: number, rows: number): void {
    this.#expiry.sweep(now, rows * sweptPerRow + sweptPerBatch, this.#removeExpired);
  }

  readonly #removeExpired = (kind: Expiring, id: string, now: number): boolean => {
    if (kind === "group") return this.#groups.removeExpired(id, now);
    if (kind === "state") this.#states.removeExpired(id, now);
    else if ((this.#leases.get(id)?.expiresAt ?? 0) <= now) this.#leases.removeSync(id);
    return true;
  };

  #store(): Store {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "The file backend was closed before.");
    return this.#shared;
  }
}

function refusal(id: string): MachineryError | undefined {
  if (id !== "" && !id.includes("\0") && (id.length * 3 <= longestId || Buffer.byteLength(id) <= longestId)) return undefined;
  return new MachineryError("ERR_BACKEND", `${preview(id)} is not an id: it has 1 to ${longestId} bytes, none of them zero.`);
}

function mustBeKey(id: string): void {
  const error = refusal(id);
  if (error) throw error;
}
