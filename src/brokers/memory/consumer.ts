import { MachineryError } from "../../errors.js";
import { Bag } from "../../util/bag.js";
import type { Clock, Timer } from "../../util/clock.js";
import type { ConsumeOptions, Consumer, Delivery, Settlement, SettleOutcome } from "../broker.js";
import { Entry } from "./entry.js";
import type { MemoryQueue } from "./queue.js";

const defaultLeaseMs = 30_000;
/** A lease is renewed this many times in its length. */
const beatsPerLease = 3;

interface Waiter {
  readonly max: number;
  readonly resolve: (deliveries: Delivery[]) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

/** One worker's claims on the queues of a memory store. */
export class MemoryConsumer implements Consumer {
  readonly #queues: ReadonlyMap<string, MemoryQueue>;
  /** The same queues; each message comes from the one whose turn it is, if that one has any. */
  readonly #rotation: readonly MemoryQueue[];
  #turn = 0;
  readonly #clock: Clock;
  readonly #options: ConsumeOptions;
  readonly #leaseMs: number;
  readonly #heartbeatMs: number;
  readonly #onClose: (consumer: MemoryConsumer) => void;
  readonly #held = new Bag<Entry>();
  #claims = 0;
  #waiter: Waiter | undefined;
  #leaseEnd = 0;
  #heartbeat: Timer | undefined;
  #expiry: Timer | undefined;
  #closed = false;

  constructor(queues: readonly MemoryQueue[], clock: Clock, options: ConsumeOptions, onClose: (consumer: MemoryConsumer) => void) {
    this.#queues = new Map(queues.map((queue) => [queue.name, queue]));
    this.#rotation = [...this.#queues.values()];
    this.#clock = clock;
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.#heartbeatMs = Math.min(options.heartbeatMs ?? Number.POSITIVE_INFINITY, this.#leaseMs / beatsPerLease);
    this.#onClose = onClose;
    this.#beat();
  }

  async take(max: number, signal?: AbortSignal): Promise<Delivery[]> {
    if (this.#closed || signal?.aborted) return [];
    if (this.#waiter) throw new MachineryError("ERR_BROKER", "Another take of this consumer still waits: one call at a time.");
    if (!this.#heartbeat) this.#beat();
    for (const queue of this.#rotation) queue.promoteDue();
    const claimed = this.#claim(max);
    return claimed.length > 0 ? claimed : this.#wait(max, signal);
  }

  async settle(settlements: readonly Settlement[]): Promise<SettleOutcome[]> {
    for (const settlement of settlements) {
      if (settlement.as === "delay" && settlement.body?.byteLength === 0) {
        throw new MachineryError("ERR_BROKER", "A message cannot be replaced by an empty one.");
      }
    }
    const outcomes: SettleOutcome[] = new Array(settlements.length);
    const released: Entry[] = [];
    for (let i = 0; i < settlements.length; i++) {
      const settlement = settlements[i]!;
      const entry = settlement.delivery;
      if (!(entry instanceof Entry) || entry.holder !== this) {
        outcomes[i] = "lost";
        continue;
      }
      outcomes[i] = "ok";
      this.#held.delete(entry);
      const queue = this.#queues.get(entry.queue)!;
      queue.endClaim(entry);
      switch (settlement.as) {
        case "ack":
          break;
        case "release":
          released.push(entry);
          break;
        case "dead":
          queue.bury(entry, settlement.reason);
          break;
        case "delay":
          queue.append(new Entry(entry.queue, settlement.body ?? entry.body, entry.priority, entry.crashes), settlement.until);
      }
    }
    // Last one first, so that what is released together keeps its order.
    for (let i = released.length - 1; i >= 0; i--) this.#putBack(released[i]!, 0);
    this.serve();
    return outcomes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#silence();
    this.#expiry?.cancel();
    this.#endWait([]);
    this.#giveBack(0);
    this.#onClose(this);
  }

  /**
   * Falls silent like a process that was killed or suspended: no heartbeat, nothing given back, a waiting `take` gets nothing.
   * A process that goes on after all calls `take` or `settle` again. For tests.
   */
  abandon(): void {
    this.#silence();
    this.#stopWaiting();
  }

  /** Hands out what the waiting `take`, if there is one, may have by now. Queues call it when a message has come. */
  serve(): void {
    if (!this.#waiter) return;
    const claimed = this.#claim(this.#waiter.max);
    if (claimed.length > 0) this.#endWait(claimed);
  }

  #claim(max: number): Entry[] {
    const claimed: Entry[] = [];
    const wanted = Math.min(max, this.#options.capacity - this.#held.size);
    const rotation = this.#rotation;
    for (let empty = 0; claimed.length < wanted && empty < rotation.length; ) {
      const entry = rotation[this.#turn]!.claim(this);
      this.#turn = this.#turn + 1 < rotation.length ? this.#turn + 1 : 0;
      if (entry === undefined) {
        empty++;
      } else {
        empty = 0;
        entry.claim = ++this.#claims;
        this.#held.add(entry);
        claimed.push(entry);
      }
    }
    return claimed;
  }

  #wait(max: number, signal: AbortSignal | undefined): Promise<Delivery[]> {
    return new Promise((resolve) => {
      const onAbort = (): void => this.#endWait([]);
      this.#waiter = { max, resolve, signal, onAbort };
      signal?.addEventListener("abort", onAbort, { once: true });
      for (const queue of this.#rotation) queue.waiters.add(this);
    });
  }

  #endWait(deliveries: Delivery[]): void {
    this.#stopWaiting()?.resolve(deliveries);
  }

  #stopWaiting(): Waiter | undefined {
    const waiter = this.#waiter;
    if (!waiter) return undefined;
    this.#waiter = undefined;
    waiter.signal?.removeEventListener("abort", waiter.onAbort);
    for (const queue of this.#rotation) queue.waiters.delete(this);
    return waiter;
  }

  /** Renews the lease, now and from now on. */
  #beat(): void {
    this.#leaseEnd = this.#clock.now() + this.#leaseMs;
    this.#heartbeat = this.#clock.after(this.#heartbeatMs, () => this.#beat());
    this.#expiry ??= this.#watchLease();
  }

  #silence(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
  }

  /** The store's side of the lease: looks when it should end, and looks again if it was renewed. */
  #watchLease(): Timer {
    return this.#clock.after(this.#leaseEnd - this.#clock.now(), () => {
      this.#expiry = undefined;
      if (this.#clock.now() < this.#leaseEnd) this.#expiry = this.#watchLease();
      else this.#loseClaims();
    });
  }

  #loseClaims(): void {
    this.#silence();
    const lost = this.#giveBack(1);
    if (lost.length > 0) this.#options.onLost?.(lost);
  }

  /** Ends every claim, each back to the head of its queue, in the order in which they were claimed. */
  #giveBack(crashes: 0 | 1): Entry[] {
    const entries = this.#held.empty().sort((a, b) => a.claim - b.claim);
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i]!;
      this.#queues.get(entry.queue)!.endClaim(entry);
      this.#putBack(entry, crashes);
    }
    return entries;
  }

  #putBack(entry: Entry, crashes: 0 | 1): void {
    this.#queues.get(entry.queue)!.prepend(new Entry(entry.queue, entry.body, entry.priority, entry.crashes + crashes));
  }
}
