import { MachineryError } from "../../errors.js";
import type { ConsumeOptions, Consumer, Delivery, Settlement, SettleOutcome } from "../broker.js";
import type { BrokerStore } from "./broker-store.js";
import { Claim } from "./claim.js";
import { crashesOf, packEntry, priorityOf, queueOf } from "./entry.js";
import { Lease } from "./lease.js";
import { Reaper } from "./reaper.js";
import type { ReadyRow } from "./tables.js";

const defaultLeaseMs = 30_000;

/** One worker's claims in the store. */
export class FileConsumer implements Consumer {
  readonly #store: BrokerStore;
  readonly #options: ConsumeOptions;
  readonly #onClose: (consumer: FileConsumer) => void;
  /** The queues by number, each once. */
  readonly #queues = new Map<number, string>();
  readonly #rotation: readonly number[];
  #turn = 0;
  /** In the order in which they were claimed. */
  readonly #held = new Set<Claim>();
  readonly #lease: Lease;
  readonly #reaper: Reaper;
  readonly #stopListening: (() => void)[] = [];
  #taking = false;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  #closed = false;

  constructor(store: BrokerStore, options: ConsumeOptions, onClose: (consumer: FileConsumer) => void) {
    this.#store = store;
    this.#options = options;
    this.#onClose = onClose;
    for (const name of options.queues) this.#queues.set(store.tables.queueNumber(name), name);
    this.#rotation = [...this.#queues.keys()];
    const leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.#lease = new Lease(store, leaseMs, (beat) => this.#guard(beat));
    this.#reaper = new Reaper(
      store,
      leaseMs,
      () => this.#lease.number,
      (look) => this.#guard(look),
    );
    this.#live();
  }

  /** Which of the store's consumers this is. */
  get number(): number {
    return this.#lease.number;
  }

  async take(max: number, signal?: AbortSignal): Promise<Delivery[]> {
    if (this.#closed || signal?.aborted) return [];
    if (this.#taking) throw new MachineryError("ERR_BROKER", "Another take of this consumer still waits: one call at a time.");
    this.#taking = true;
    try {
      if (this.#stopListening.length === 0) this.#live();
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
    const rung = new Set<number>();
    const reaped = this.#store.transact(() => {
      let missing = 0;
      for (const i of ours) {
        if (this.#end(settlements[i]!, rung)) outcomes[i] = "ok";
        else missing++;
      }
      return missing > 0;
    });
    if (reaped) this.#lose();
    else for (const claim of named) this.#held.delete(claim);
    this.#store.ring(rung);
    this.#wake?.();
    return outcomes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.abandon();
    this.#wake?.();
    this.#held.clear();
    this.#onClose(this);
    const queues = this.#store.transact(() => {
      this.#store.consumers.removeSync(this.#lease.number);
      return this.#store.tables.giveBackAll(this.#lease.number, false);
    });
    this.#store.ring(queues);
  }

  /**
   * Falls silent like a process that was killed or suspended: no heartbeat, nothing given back, a waiting `take` gets nothing.
   * A process that goes on after all calls `take` or `settle` again. For tests.
   */
  abandon(): void {
    this.#lease.stop();
    this.#reaper.stop();
    for (const stop of this.#stopListening.splice(0)) stop();
  }

  /** Shows life, looks after others, and listens, now and from now on. */
  #live(): void {
    if (this.#lease.renew()) this.#loseHeld();
    this.#reaper.start();
    if (this.#stopListening.length > 0) return;
    for (const queue of this.#rotation) this.#stopListening.push(this.#store.listen(queue, () => this.#wake?.()));
  }

  #claim(max: number): Claim[] {
    const wanted = Math.min(max, this.#options.capacity - this.#held.size);
    const { tables, clock } = this.#store;
    if (wanted <= 0 || this.#nextDue() > clock.now()) return [];
    const claims = this.#store.transact(() => {
      if (!this.#lease.holds()) return undefined;
      const now = clock.now();
      for (const queue of this.#rotation) tables.promoteDue(queue, now);
      return this.#choose(wanted).map((row) => {
        tables.claim(row, this.#lease.number);
        return new Claim(this.#queues.get(queueOf(row.entry))!, row);
      });
    });
    if (claims === undefined) {
      this.#lose();
      return this.#claim(max);
    }
    for (const claim of claims) this.#held.add(claim);
    return claims;
  }

  /** The next messages, the queues taking turns message by message. */
  #choose(wanted: number): ReadyRow[] {
    const { tables } = this.#store;
    const rotation = this.#rotation;
    if (rotation.length === 1) return tables.next(rotation[0]!, wanted);
    const rows = rotation.map((queue) => tables.next(queue, wanted));
    const position = rows.map(() => 0);
    const chosen: ReadyRow[] = [];
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

  /** Ends one claim inside a transaction; `false` if it was not there any more. */
  #end(settlement: Settlement, rung: Set<number>): boolean {
    const { tables, clock } = this.#store;
    const { sequence } = settlement.delivery as Claim;
    if (settlement.as === "ack") return tables.endClaim(this.#lease.number, sequence);
    const entry = tables.takeBack(this.#lease.number, sequence);
    if (entry === undefined) return false;
    const queue = queueOf(entry);
    switch (settlement.as) {
      case "release":
        tables.append(entry, sequence);
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

  /** When the next message of any queue is due. Takes no lock. */
  #nextDue(): number {
    this.#store.refresh();
    let next = Number.POSITIVE_INFINITY;
    for (const queue of this.#rotation) next = Math.min(next, this.#store.tables.nextDue(queue));
    return next;
  }

  /** Resolves when it may be worth looking again. */
  #woken(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const { clock } = this.#store;
      const due = this.#held.size < this.#options.capacity ? this.#nextDue() : Number.POSITIVE_INFINITY;
      const timer = Number.isFinite(due) ? clock.after(due - clock.now(), () => wake()) : undefined;
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

  /** Somebody has taken this consumer for dead and given back its claims: takes a new place, and tells. */
  #lose(): void {
    this.#lease.renew();
    this.#loseHeld();
  }

  #loseHeld(): void {
    const lost = [...this.#held];
    this.#held.clear();
    if (lost.length > 0) this.#options.onLost?.(lost);
  }

  /** What a timer runs: a store that fails then ends the next `take`, since nobody else is there to be told. */
  #guard(run: () => unknown): void {
    if (this.#closed) return;
    try {
      if (run() === true) this.#loseHeld();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error as Error;
      this.#wake?.();
    }
  }
}
