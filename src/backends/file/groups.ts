import type { Records, Store, Table } from "../../store/store.js";
import type { GateAnswer, GroupMember, GroupRecord } from "../backend.js";
import type { Expiry } from "./expiry.js";

/** How many members' marks one transaction deletes at most, so that others are not kept waiting. */
const marksAtOnce = 1_000;
const headBytes = 8;
const nothing = Buffer.alloc(0);

interface Gate {
  readonly ended: number;
  readonly winner: string | null;
  readonly wonUntil: number;
  readonly sent: boolean;
  readonly expiresAt: number;
}

/** Groups, and the gate of each, with a mark for every member that has ended. What changes rows is to be called inside a transaction. */
export class Groups {
  readonly #groups: Table;
  readonly #gates: Records<Gate>;
  readonly #marks: Table;
  readonly #expiry: Expiry;

  constructor(store: Store, expiry: Expiry) {
    this.#groups = store.table("groups");
    this.#gates = store.records("gates");
    this.#marks = store.table("marks");
    this.#expiry = expiry;
  }

  open({ id, json, ttlMs }: GroupRecord, now: number): void {
    const row = Buffer.allocUnsafe(headBytes + Buffer.byteLength(json));
    row.writeDoubleLE(now + ttlMs, 0);
    row.write(json, headBytes, "utf8");
    this.#groups.putSync(id, row);
    this.#expiry.note("group", id, now + ttlMs);
  }

  read(id: string, now: number): string | null {
    const row = this.#groups.get(id);
    return row === undefined || row.readDoubleLE(0) <= now ? null : row.toString("utf8", headBytes);
  }

  memberDone({ group, member, count, leaseMs, ttlMs }: GroupMember, now: number): GateAnswer {
    const found = this.#gates.get(group);
    const gate = found && found.expiresAt > now ? found : this.#freshGate(group, found);
    const mark = [group, member];
    const ended = this.#marks.doesExist(mark) ? gate.ended : gate.ended + 1;
    if (ended > gate.ended) this.#marks.putSync(mark, nothing);
    const answer = answerOf(gate, member, ended, count, now);
    const next = { ...gate, ended, expiresAt: now + ttlMs };
    this.#expiry.note("group", group, next.expiresAt, gate.expiresAt);
    this.#gates.putSync(group, answer === "won" ? { ...next, winner: member, wonUntil: now + leaseMs } : next);
    return answer;
  }

  chordSent(group: string): void {
    const gate = this.#gates.get(group);
    if (gate) this.#gates.putSync(group, { ...gate, sent: true });
  }

  remove(id: string): void {
    this.#groups.removeSync(id);
    if (!this.#gates.removeSync(id)) return;
    while (this.#removeMarks(id) === marksAtOnce);
  }

  /** `false` if there are more marks than should be deleted at once. */
  removeExpired(id: string, now: number): boolean {
    if (this.read(id, now) === null) this.#groups.removeSync(id);
    const gate = this.#gates.get(id);
    if (gate && gate.expiresAt > now) return true;
    this.#gates.removeSync(id);
    return this.#removeMarks(id) < marksAtOnce;
  }

  #freshGate(group: string, old: Gate | undefined): Gate {
    if (old) this.remove(group);
    return { ended: 0, winner: null, wonUntil: 0, sent: false, expiresAt: 0 };
  }

  #removeMarks(group: string): number {
    const keys = [...this.#marks.getKeys({ start: [group], end: [group, lastKey], limit: marksAtOnce })];
    for (const key of keys) this.#marks.removeSync(key);
    return keys.length;
  }
}

/** Sorts behind every string. */
const lastKey = Buffer.from([0xff]);

function answerOf(gate: Gate, member: string, ended: number, count: number, now: number): GateAnswer {
  if (ended < count) return "open";
  if (gate.sent) return "sent";
  return gate.winner !== null && gate.winner !== member && now < gate.wonUntil ? "sent" : "won";
}
