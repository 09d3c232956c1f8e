import { MachineryError } from "../../errors.js";
import { isDead, type ProcessIdentity, thisProcess } from "../../store/process-identity.js";
import type { Records, Store } from "../../store/store.js";
import type { Clock, Timer } from "../../util/clock.js";
import type { ConsumeOptions, Consumer, Delivery, Settlement, SettleOutcome } from "../broker.js";
import { bodyOf, crashesOf, packEntry, priorityOf, queueOf } from "./entry.js";
import type { BrokerTables, ReadyRow } from "./tables.js";

const defaultLeaseMs = 30_000;
/** A lease is renewed this many times in its length. */
const beatsPerLease = 3;
/** How often a consumer looks for others that have died: this many times in a lease, and once a second at least. */
const looksPerLease = 6;
const longestLookMs = 1_000;

/** What the store knows of a consumer. */
export interface ConsumerRecord {
  /** Raised by every sign of life. */
  readonly beat: number;
  readonly leaseMs: number;
  readonly process: ProcessIdentity;
}

class Claim implements Delivery {
  readonly queue: string;
  readonly body: Uint8Array;
  readonly crashes: number;
  readonly sequence: number;

  constructor(queue: string, body: Uint8Array, crashes: number, sequence: number) {
    this.queue = queue;
    this.body = body;
    this.crashes = crashes;
    this.sequence = sequence;
  }
}

interface SharedParts {
  readonly store: Store;
  readonly tables: BrokerTables;
  readonly consumers: Records<ConsumerRecord>;
  readonly clock: Clock;
  readonly sync: boolean;
}

/** The bell's topic for a queue. */
export const queueTopic = (queue: number): string => `queue-${queue}`;

/** One worker's claims in the store. */
export class FileConsumer implements Consumer {
  readonly #parts: SharedParts;
  readonly #options: ConsumeOptions;
  readonly #leaseMs: number;
  readonly #heartbeatMs: number;
  readonly #onClose: (consumer: FileConsumer) => void;
  /** The queues by number, each once. */
  readonly #queues = new Map<number, string>();
  readonly #rotation: readonly number[];
  #turn = 0;
  /** This consumer's number in the store, a new one after every loss; 0 while it has none. */
  #number = 0;
  #beat = 0;
  readonly #held = new Set<Claim>();
  /** What was last seen of other consumers, and how often in a row it was the same. */
  readonly #seen = new Map<number, { beat: number; looks: number }>();
  #wake: (() => void) | undefined;
  #taking = false;
  #heartbeat: Timer | undefined;
  #look: Timer | undefined;
  readonly #stopListening: (() => void)[] = [];
  #failure: Error | undefined;
  #closed = false;

  constructor(parts: SharedParts, options: ConsumeOptions, onClose: (consumer: FileConsumer) => void) {
    this.#parts = parts;
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.#heartbeatMs = Math.min(options.heartbeatMs ?? Number.POSITIVE_INFINITY, this.#leaseMs / beatsPerLease);
    this.#onClose = onClose;
    for (const name of options.queues) this.#queues.set(parts.tables.queueNumber(name), name);
    this.#rotation = [...this.#queues.keys()];
    this.#live();
    this.#reap();
  }

  /** Which row of the store's consumers is this one's. */
  get number(): number {
    return this.#number;
  }

  async take(max: number, signal?: AbortSignal): Promise<Delivery[]> {
    if (this.#closed || signal?.aborted) return [];
    if (this.#taking) throw new MachineryError("ERR_BROKER", "Another take of this consumer still waits: one call at a time.");
    this.#taking = true;
    try {
      if (!this.#heartbeat) this.#live();
      for (;;) {
        if (this.#failure) throw this.#failure;
        const claimed = this.#claim(max);
        if (claimed.length > 0) return claimed;
        await this.#woken(signal);
        if (this.#closed || signal?.aborted) return [];
      }
    } finally {
      this.#taking = false;
    }
  }

  async settle(settlements: readonly Settlement[]): Promise<SettleOutcome[]> {
    for (const settlement of settlements) {
      if (settlement.as === "delay" && settlement.body?.byteLength === 0) {
        throw new MachineryError("ERR_BROKER", "A message cannot be replaced by an empty one.");
      }
    }
    const outcomes: SettleOutcome[] = new Array(settlements.length).fill("lost");
    const named = new Set<Claim>();
    const ours: number[] = [];
    for (let i = 0; i < settlements.length; i++) {
      const claim = settlements[i]!.delivery;
      if (!(claim instanceof Claim) || !this.#held.has(claim) || named.has(claim)) continue;
      named.add(claim);
      ours.push(i);
    }
    if (ours.length === 0) return outcomes;
    const { store, sync } = this.#parts;
    const rung = new Set<number>();
    const reaped = store.transact(sync, () => {
      let missing = 0;
      for (const i of ours) {
        if (this.#end(settlements[i]!, rung)) outcomes[i] = "ok";
        else missing++;
      }
      return missing > 0;
    });
    if (reaped) this.#lose();
    else for (const claim of named) this.#held.delete(claim);
    for (const queue of rung) store.bell.ring(queueTopic(queue));
    this.#wake?.();
    return outcomes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#silence();
    this.#wake?.();
    const { store, tables, consumers, sync } = this.#parts;
    try {
      const queues = store.transact(sync, () => {
        consumers.removeSync(this.#number);
        return tables.giveBackAll(this.#number, false);
      });
      for (const queue of queues) store.bell.ring(queueTopic(queue));
    } finally {
      this.#held.clear();
      this.#deaf();
      this.#onClose(this);
    }
  }

  /**
   * Falls silent like a process that was killed or suspended: no heartbeat, nothing given back, a waiting `take` gets nothing.
   * A process that goes on after all calls `take` or `settle` again. For tests.
   */
  abandon(): void {
    this.#silence();
    this.#deaf();
  }

  /** Ends one claim inside a transaction; `false` if it was not there any more. */
  #end(settlement: Settlement, rung: Set<number>): boolean {
    const { tables, clock } = this.#parts;
    const claim = settlement.delivery as Claim;
    if (settlement.as === "ack") return tables.endClaim(this.#number, claim.sequence);
    const entry = tables.takeBack(this.#number, claim.sequence);
    if (entry === undefined) return false;
    const queue = queueOf(entry);
    switch (settlement.as) {
      case "release":
        tables.append(entry, claim.sequence);
        rung.add(queue);
        break;
      case "dead":
        tables.bury(entry, settlement.reason, clock.now(), tables.nextNumber("sequence"));
        break;
      case "delay": {
        const { body, until } = settlement;
        const next = body === undefined ? entry : packEntry(queue, priorityOf(entry), crashesOf(entry), body);
        tables.delay(next, until, tables.nextNumber("sequence"));
        rung.add(queue);
      }
    }
    return true;
  }

  #claim(max: number): Claim[] {
    const wanted = Math.min(max, this.#options.capacity - this.#held.size);
    const { store, tables, consumers, clock, sync } = this.#parts;
    if (wanted <= 0 || this.#nextDue() > clock.now()) return [];
    const claims = store.transact(sync, () => {
      if (!consumers.doesExist(this.#number)) return undefined;
      const now = clock.now();
      for (const queue of this.#rotation) tables.promoteDue(queue, now);
      return this.#choose(wanted).map((row) => {
        tables.claim(row, this.#number);
        return new Claim(this.#queues.get(queueOf(row.entry))!, bodyOf(row.entry), crashesOf(row.entry), row.sequence);
      });
    });
    if (claims === undefined) {
      this.#lose();
      this.#live();
      return this.#claim(max);
    }
    for (const claim of claims) this.#held.add(claim);
    return claims;
  }

  /** The next messages, the queues taking turns message by message. */
  #choose(wanted: number): ReadyRow[] {
    const { tables } = this.#parts;
    const rotation = this.#rotation;
    if (rotation.length === 1) return tables.next(rotation[0]!, wanted);
    const rows = rotation.map((queue) => tables.next(queue, wanted));
    const chosen: ReadyRow[] = [];
    const position = rows.map(() => 0);
    for (let empty = 0; chosen.length < wanted && empty < rotation.length; ) {
      const row = rows[this.#turn]![position[this.#turn]!++];
      this.#turn = (this.#turn + 1) % rotation.length;
      if (row === undefined) {
        empty++;
      } else {
        empty = 0;
        chosen.push(row);
      }
    }
    return chosen;
  }

  /** When the next message of any queue is due. Takes no lock. */
  #nextDue(): number {
    const { store, tables } = this.#parts;
    store.refresh();
    let next = Number.POSITIVE_INFINITY;
    for (const queue of this.#rotation) next = Math.min(next, tables.nextDue(queue));
    return next;
  }

  /** Resolves when it may be worth looking again. */
  #woken(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const { clock } = this.#parts;
      const due = this.#nextDue();
      const timer =
        Number.isFinite(due) && this.#held.size < this.#options.capacity ? clock.after(due - clock.now(), () => wake()) : undefined;
      const wake = (): void => {
        timer?.cancel();
        signal?.removeEventListener("abort", wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** Shows life, now and from now on; registers first if this consumer has no number (any more). */
  #live(): void {
    const { store, tables, consumers, clock, sync } = this.#parts;
    const lost = store.transact(sync, () => {
      const known = this.#number !== 0 && consumers.doesExist(this.#number);
      const lost = this.#number !== 0 && !known;
      if (!known) this.#number = tables.nextNumber("consumers");
      consumers.putSync(this.#number, { beat: ++this.#beat, leaseMs: this.#leaseMs, process: thisProcess() });
      return lost;
    });
    this.#heartbeat = clock.after(this.#heartbeatMs, () => this.#guard(() => this.#live()));
    this.#look ??= clock.after(this.#lookMs, () => this.#guard(() => this.#reap()));
    this.#listen();
    if (lost) this.#loseHeld();
  }

  #deaf(): void {
    for (const stop of this.#stopListening.splice(0)) stop();
  }

  #listen(): void {
    if (this.#stopListening.length > 0) return;
    const woken = (): void => this.#wake?.();
    const { bell } = this.#parts.store;
    for (const queue of this.#rotation) this.#stopListening.push(bell.listen(queueTopic(queue), woken));
  }

  get #lookMs(): number {
    return Math.min(this.#leaseMs / looksPerLease, longestLookMs);
  }

  /** Somebody has given our claims back: forgets them and this consumer's number. */
  #lose(): void {
    this.#number = 0;
    this.#silence();
    this.#loseHeld();
  }

  #loseHeld(): void {
    const lost = [...this.#held];
    this.#held.clear();
    if (lost.length > 0) this.#options.onLost?.(lost);
  }

  /**
   * Gives back what the dead have held. Dead is a process that is gone for certain, and one whose sign of life has not changed
   * while this one looked, time after time, for the length of its lease: a clock that jumps, or a machine that sleeps, kills nobody.
   */
  #reap(): void {
    const { store, tables, consumers, clock, sync } = this.#parts;
    this.#look = clock.after(this.#lookMs, () => this.#guard(() => this.#reap()));
    store.check();
    store.refresh();
    const dead: { number: number; beat: number }[] = [];
    const present = new Set<number>();
    for (const { key, value: record } of consumers.getRange()) {
      const number = key as number;
      present.add(number);
      if (number !== this.#number && this.#judge(number, record)) dead.push({ number, beat: record.beat });
    }
    for (const number of this.#seen.keys()) if (!present.has(number)) this.#seen.delete(number);
    for (const { number, beat } of dead) {
      const queues = store.transact(sync, () => {
        if (consumers.get(number)?.beat !== beat) return [];
        consumers.removeSync(number);
        return tables.giveBackAll(number, true);
      });
      for (const queue of queues) store.bell.ring(queueTopic(queue));
    }
  }

  #judge(number: number, { beat, leaseMs, process }: ConsumerRecord): boolean {
    if (isDead(process)) return true;
    const seen = this.#seen.get(number);
    if (seen?.beat !== beat) {
      this.#seen.set(number, { beat, looks: 0 });
      return false;
    }
    return ++seen.looks * this.#lookMs >= leaseMs;
  }

  /** What a timer runs: a store that fails then ends the next `take`, since nobody else is there to be told. */
  #guard(run: () => void): void {
    if (this.#closed) return;
    try {
      run();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error as Error;
      this.#wake?.();
    }
  }

  #silence(): void {
    this.#heartbeat?.cancel();
    this.#look?.cancel();
    this.#heartbeat = undefined;
    this.#look = undefined;
  }
}
