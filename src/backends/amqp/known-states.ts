import { isTerminal, withCreatedAt } from "../../wire/state-text.js";
import type { StateWrite, WriteOutcome } from "../backend.js";

/** One state, as this process knows it. */
export interface KnownState {
  readonly json: string;
  readonly state: string;
  /** The CreatedAt of the first state that was known: what readers are told. */
  readonly createdAt: string;
  readonly expiresAt: number;
  /** Whether who waits for it elsewhere has been told: until then the same state may be written again. */
  told: boolean;
}

const stored: WriteOutcome = Object.freeze({ ok: true });
const wholeRange = Number.POSITIVE_INFINITY;

/**
 * The states that this process has written or been told of, by the rule that all backends follow: as far as this process knows. Each
 * goes when its time is over, the oldest before that where there are too many.
 */
export class KnownStates {
  readonly #states = new Map<string, KnownState>();
  readonly #most: number;

  /** @param most how many are kept at most */
  constructor(most = wholeRange) {
    this.#most = most;
  }

  get(id: string, now: number): KnownState | undefined {
    const known = this.#states.get(id);
    if (known === undefined || known.expiresAt > now) return known;
    this.#states.delete(id);
    return undefined;
  }

  /** @param told whether nobody else need be told of it */
  write(write: StateWrite, told: boolean, now: number): WriteOutcome {
    const { id, state, json, createdAt, ttlMs } = write;
    const known = this.get(id, now);
    if (known !== undefined && (isTerminal(known.state) || state === "PENDING")) {
      const isSame = known.state === state && known.json === withCreatedAt(json, createdAt, known.createdAt);
      return isSame && !known.told ? stored : { ok: false, stored: known.json };
    }
    this.#set(id, { state, json, createdAt, expiresAt: now + ttlMs, told }, known, now);
    return stored;
  }

  /** A state that another process has written; `undefined` where a later one is known. */
  receive(id: string, state: string, json: string, ttlMs: number, now: number): KnownState | undefined {
    const known = this.get(id, now);
    if (known !== undefined && (isTerminal(known.state) || state === "PENDING")) return undefined;
    // Go may write more after it: such a state stays as it is.
    const createdAt = /"CreatedAt":"([^"]*)"\}$/.exec(json)?.[1] ?? known?.createdAt ?? "";
    return this.#set(id, { state, json, createdAt, expiresAt: now + ttlMs, told: true }, known, now);
  }

  delete(id: string): void {
    this.#states.delete(id);
  }

  #set(id: string, next: KnownState, known: KnownState | undefined, now: number): KnownState {
    const first = known?.createdAt ?? next.createdAt;
    const merged = { ...next, json: withCreatedAt(next.json, next.createdAt, first), createdAt: first };
    this.#states.set(id, merged);
    for (const [oldest, { expiresAt }] of this.#states) {
      if (expiresAt > now && this.#states.size <= this.#most) break;
      this.#states.delete(oldest);
    }
    return merged;
  }
}
