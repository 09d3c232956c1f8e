import type { Store, Table } from "../../store/store.js";
import { createdAtTail, isTerminal, withCreatedAt } from "../../wire/state-text.js";
import type { StateWrite, WriteOutcome } from "../backend.js";
import type { Expiry } from "./expiry.js";

/** A stored state: whether it is terminal (1 byte), the length of its CreatedAt (1), when it ends (8), and the JSON. */
const at = { terminal: 0, createdAtLength: 1, expiresAt: 2 };
const headBytes = 10;
const written: WriteOutcome = Object.freeze({ ok: true });

interface Current {
  readonly terminal: boolean;
  readonly expiresAt: number;
  /** When the row that is stored ends, 0 if there is none. */
  readonly before: number;
  /** That of the first state, which all later ones keep. */
  readonly createdAt: string;
  readonly json: string;
}

/** The states of tasks. What changes rows is to be called inside a transaction. */
export class States {
  readonly #states: Table;
  readonly #expiry: Expiry;

  constructor(store: Store, expiry: Expiry) {
    this.#states = store.table("states");
    this.#expiry = expiry;
  }

  /** @param terminal whether any other state is as good as none */
  read(id: string, now: number, terminal = false): string | null {
    const row = this.#states.get(id);
    if (row === undefined || row.readDoubleLE(at.expiresAt) <= now || (terminal && row[at.terminal] === 0)) return null;
    return row.toString("utf8", headBytes);
  }

  /** Of several states of one task only the last is stored. Collects the ids of what is stored. */
  write(writes: readonly StateWrite[], now: number, changed: Set<string>): WriteOutcome[] {
    const outcomes: WriteOutcome[] = new Array(writes.length);
    const latest = new Map<string, Current>();
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i]!;
      const current = latest.get(write.id) ?? this.#current(write.id, now);
      if (current !== undefined && (current.terminal || write.state === "PENDING")) {
        outcomes[i] = { ok: false, stored: current.json };
        continue;
      }
      const createdAt = current?.createdAt ?? write.createdAt;
      latest.set(write.id, {
        terminal: isTerminal(write.state),
        expiresAt: now + write.ttlMs,
        before: current?.before ?? 0,
        createdAt,
        json: withCreatedAt(write.json, write.createdAt, createdAt),
      });
      changed.add(write.id);
      outcomes[i] = written;
    }
    for (const [id, state] of latest) this.#put(id, state);
    return outcomes;
  }

  remove(id: string): void {
    this.#states.removeSync(id);
  }

  removeExpired(id: string, now: number): void {
    const row = this.#states.get(id);
    if (row !== undefined && row.readDoubleLE(at.expiresAt) <= now) this.#states.removeSync(id);
  }

  #current(id: string, now: number): Current | undefined {
    const row = this.#states.get(id);
    if (row === undefined) return undefined;
    const expiresAt = row.readDoubleLE(at.expiresAt);
    if (expiresAt <= now) return undefined;
    const end = row.length - createdAtTail.length;
    return {
      terminal: row[at.terminal] === 1,
      expiresAt,
      before: expiresAt,
      createdAt: row.toString("utf8", end - row[at.createdAtLength]!, end),
      json: row.toString("utf8", headBytes),
    };
  }

  #put(id: string, { terminal, expiresAt, before, createdAt, json }: Current): void {
    const row = Buffer.allocUnsafe(headBytes + Buffer.byteLength(json));
    row[at.terminal] = terminal ? 1 : 0;
    row[at.createdAtLength] = Buffer.byteLength(createdAt);
    row.writeDoubleLE(expiresAt, at.expiresAt);
    row.write(json, headBytes, "utf8");
    this.#expiry.note("state", id, expiresAt, before);
    this.#states.putSync(id, row);
  }
}
