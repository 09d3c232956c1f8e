import { MachineryError } from "../errors.js";
import { type Clock, systemClock } from "../util/clock.js";
import { NamedStores } from "../util/named-stores.js";
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
import { MemoryStore } from "./memory/store.js";

export const memoryBackendCapabilities: BackendCapabilities = Object.freeze({
  keeps: true,
  push: true,
  atomicStates: true,
  atomicGate: true,
  persistent: false,
  shared: false,
  rereadable: true,
  evicts: false,
});

export interface MemoryBackendOptions {
  /** Backends of one name in one process share what they store, which goes when the last of them closes. Default `"default"`. */
  readonly name?: string;
  /** What expiry and leases go by. Default: the system's; the first that opens a name decides. */
  readonly clock?: Clock;
}

/** Opens a result backend that lives in this process and ends with it. It keeps no process alive by itself. */
export function openMemoryBackend(options: MemoryBackendOptions = {}): Backend {
  return new MemoryBackend(options.name ?? "default", options.clock ?? systemClock);
}

const stores = new NamedStores<MemoryStore>();

class MemoryBackend implements Backend {
  readonly capabilities = memoryBackendCapabilities;
  readonly #name: string;
  readonly #shared: MemoryStore;
  readonly #watches = new Set<Watch>();
  #closed = false;

  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#shared = stores.acquire(name, () => new MemoryStore(clock));
  }

  async write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    return this.#store().write(writes);
  }

  async read(ids: readonly string[]): Promise<(string | null)[]> {
    return this.#store().read(ids);
  }

  async openGroup(group: GroupRecord): Promise<void> {
    this.#store().openGroup(group);
  }

  async readGroups(ids: readonly string[]): Promise<(string | null)[]> {
    return this.#store().readGroups(ids);
  }

  async memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    return this.#store().memberDone(members);
  }

  async chordSent(groupIds: readonly string[]): Promise<void> {
    this.#store().chordSent(groupIds);
  }

  async lease(key: string, owner: string, ttlMs: number): Promise<boolean> {
    return this.#store().lease(key, owner, ttlMs);
  }

  watch(listener: StateListener): Watch {
    const watch = this.#store().watches.open(listener);
    this.#watches.add(watch);
    return watch;
  }

  async purge(ids: readonly string[]): Promise<void> {
    this.#store().purge(ids);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of this.#watches) watch.close();
    stores.release(this.#name);
  }

  #store(): MemoryStore {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "The memory backend was closed before.");
    return this.#shared;
  }
}
