import type { Clock } from "../../util/clock.js";
import type { GateAnswer, GroupMember, GroupRecord, StateFields, StateWrite, WriteOutcome } from "../backend.js";
import { ExpiringMap } from "./expiring-map.js";
import { Gate } from "./gate.js";
import { Watches } from "./watches.js";

interface StoredState {
  /** The latest state as it was written. */
  write: StateWrite;
  /** The CreatedAt of the first state: what readers are told. */
  readonly firstCreatedAt: string;
  terminal: boolean;
  expiresAt: number;
}

interface Stored<T> {
  readonly value: T;
  readonly expiresAt: number;
}

const stored: WriteOutcome = Object.freeze({ ok: true });

/** The states, groups and leases of one name, shared by all who have it open. */
export class MemoryStore {
  readonly watches = new Watches((id) => this.#stateOf(id));
  readonly #clock: Clock;
  readonly #states = new ExpiringMap<StoredState>();
  /** A group's record, as JSON. */
  readonly #groups = new ExpiringMap<Stored<string>>();
  readonly #gates = new ExpiringMap<Gate>();
  /** A lease's owner. */
  readonly #leases = new ExpiringMap<Stored<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  write(writes: readonly StateWrite[]): WriteOutcome[] {
    const now = this.#clock.now();
    const outcomes: WriteOutcome[] = new Array(writes.length);
    let id: string | undefined;
    let entry: StoredState | undefined;
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i]!;
      // A worker writes RECEIVED and STARTED of one task one behind the other.
      if (write.id !== id || entry === undefined) entry = this.#states.get(write.id, now);
      id = write.id;
      outcomes[i] = this.#writeOne(write, entry, now);
    }
    return outcomes;
  }

  #writeOne(write: StateWrite, entry: StoredState | undefined, now: number): WriteOutcome {
    const { id, state } = write;
    const terminal = state === "SUCCESS" || state === "FAILURE";
    const expiresAt = now + write.ttlMs;
    if (entry === undefined) {
      entry = { write, firstCreatedAt: write.createdAt, terminal, expiresAt };
      this.#states.set(id, entry, now);
    } else {
      if (entry.terminal || state === "PENDING") return { ok: false, stored: jsonOf(entry) };
      entry.write = write;
      entry.terminal = terminal;
      entry.expiresAt = expiresAt;
    }
    if (this.watches.wanted(id, terminal)) this.watches.tell(fieldsOf(id, entry));
    return stored;
  }

  read(ids: readonly string[]): (string | null)[] {
    const now = this.#clock.now();
    return ids.map((id) => {
      const entry = this.#states.get(id, now);
      return entry === undefined ? null : jsonOf(entry);
    });
  }

  #stateOf(id: string): StateFields | undefined {
    const entry = this.#states.get(id, this.#clock.now());
    return entry && fieldsOf(id, entry);
  }

  openGroup({ id, json, ttlMs }: GroupRecord): void {
    const now = this.#clock.now();
    this.#groups.set(id, { value: json, expiresAt: now + ttlMs }, now);
  }

  readGroups(ids: readonly string[]): (string | null)[] {
    const now = this.#clock.now();
    return ids.map((id) => this.#groups.get(id, now)?.value ?? null);
  }

  memberDone(members: readonly GroupMember[]): GateAnswer[] {
    const now = this.#clock.now();
    return members.map((member) => {
      let gate = this.#gates.get(member.group, now);
      if (gate) return gate.memberDone(member, now);
      gate = new Gate();
      const answer = gate.memberDone(member, now);
      this.#gates.set(member.group, gate, now);
      return answer;
    });
  }

  chordSent(groupIds: readonly string[]): void {
    const now = this.#clock.now();
    for (const id of groupIds) this.#gates.get(id, now)?.chordSent();
  }

  lease(key: string, owner: string, ttlMs: number): boolean {
    const now = this.#clock.now();
    const held = this.#leases.get(key, now);
    if (held && held.value !== owner) return false;
    if (ttlMs > 0) this.#leases.set(key, { value: owner, expiresAt: now + ttlMs }, now);
    else this.#leases.delete(key);
    return true;
  }

  purge(ids: readonly string[]): void {
    for (const id of ids) {
      this.#states.delete(id);
      this.#groups.delete(id);
      this.#gates.delete(id);
    }
  }
}

function fieldsOf(id: string, { write: { name, state, results, error }, firstCreatedAt }: StoredState): StateFields {
  return { id, name, state, results, error, createdAt: firstCreatedAt };
}

/** The state's JSON with the first CreatedAt, which is its last field. */
function jsonOf({ write: { json, createdAt }, firstCreatedAt }: StoredState): string {
  return createdAt === firstCreatedAt ? json : `${json.slice(0, json.length - createdAt.length - 2)}${firstCreatedAt}"}`;
}
