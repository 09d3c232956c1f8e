import { isDead } from "../../store/process-identity.js";
import type { Timer } from "../../util/clock.js";
import type { BrokerStore, ConsumerRecord } from "./broker-store.js";

/** How often it looks: this many times in a lease of its own consumer, and once a second at least. */
const looksPerLease = 6;
const longestLookMs = 1_000;

/**
 * Gives back what dead consumers have held. Dead is a process that is gone for certain (its end, or that of the machine's run, can be
 * seen), and a consumer whose sign of life has not changed while this one looked, time after time, for the length of its lease: so a
 * clock that jumps, or a machine that sleeps, kills nobody, and a lease outlasts a restart of everybody else.
 */
export class Reaper {
  readonly #store: BrokerStore;
  readonly #own: () => number;
  readonly #onLook: (look: () => void) => void;
  readonly #lookMs: number;
  /** What was last seen of other consumers, and how often in a row it was the same. */
  readonly #seen = new Map<number, { readonly beat: number; looks: number }>();
  #timer: Timer | undefined;

  /**
   * @param own the number of its own consumer, which it leaves alone
   * @param onLook runs a look when it is due, and sees to what that throws
   */
  constructor(store: BrokerStore, leaseMs: number, own: () => number, onLook: (look: () => void) => void) {
    this.#store = store;
    this.#own = own;
    this.#onLook = onLook;
    this.#lookMs = Math.min(leaseMs / looksPerLease, longestLookMs);
  }

  /** Looks now, and from now on. */
  start(): void {
    this.#timer?.cancel();
    this.#timer = this.#store.clock.after(this.#lookMs, () => this.#onLook(() => this.start()));
    this.#store.check();
    for (const { number, beat } of this.#findDead()) this.#reap(number, beat);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #findDead(): { readonly number: number; readonly beat: number }[] {
    this.#store.refresh();
    const own = this.#own();
    const dead: { number: number; beat: number }[] = [];
    const present = new Set<number>();
    for (const { key, value: record } of this.#store.consumers.getRange()) {
      const number = key as number;
      present.add(number);
      if (number !== own && this.#isDead(number, record)) dead.push({ number, beat: record.beat });
    }
    for (const number of this.#seen.keys()) if (!present.has(number)) this.#seen.delete(number);
    return dead;
  }

  #isDead(number: number, { beat, leaseMs, process }: ConsumerRecord): boolean {
    if (isDead(process)) return true;
    const seen = this.#seen.get(number);
    if (seen?.beat !== beat) {
      this.#seen.set(number, { beat, looks: 0 });
      return false;
    }
    return ++seen.looks * this.#lookMs >= leaseMs;
  }

  #reap(number: number, beat: number): void {
    const { tables, consumers } = this.#store;
    const queues = this.#store.transact(() => {
      // It may have shown life, or been reaped by another, since it was looked at.
      if (consumers.get(number)?.beat !== beat) return [];
      consumers.removeSync(number);
      return tables.giveBackAll(number, true);
    });
    this.#store.ring(queues);
  }
}
