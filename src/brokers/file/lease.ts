import { thisProcess } from "../../store/process-identity.js";
import type { Timer } from "../../util/clock.js";
import type { BrokerStore } from "./broker-store.js";

/** A lease is renewed this many times in its length. */
const beatsPerLease = 3;

/** A consumer's place in the store, kept by a heartbeat. Whoever finds it silent for too long takes it away. */
export class Lease {
  readonly #store: BrokerStore;
  readonly #leaseMs: number;
  readonly #onBeat: (beat: () => boolean) => void;
  #number = 0;
  #beat = 0;
  #heartbeat: Timer | undefined;

  /** @param onBeat runs a beat when it is due, and sees to what that throws */
  constructor(store: BrokerStore, leaseMs: number, onBeat: (beat: () => boolean) => void) {
    this.#store = store;
    this.#leaseMs = leaseMs;
    this.#onBeat = onBeat;
  }

  /** The consumer's number, under which its claims stand: a new one after every loss, 0 before the first. */
  get number(): number {
    return this.#number;
  }

  /** Whether the place is still there; inside a transaction. */
  holds(): boolean {
    return this.#store.consumers.doesExist(this.#number);
  }

  /** Shows life, now and from now on, and takes a place if there is none (any more); `true` if one was lost. */
  renew(): boolean {
    const { tables, consumers, clock } = this.#store;
    // First of all: a full disk must not end the heartbeat.
    this.#heartbeat?.cancel();
    this.#heartbeat = clock.after(this.#leaseMs / beatsPerLease, () => this.#onBeat(() => this.renew()));
    return this.#store.transact(() => {
      const lost = this.#number !== 0 && !this.holds();
      if (lost || this.#number === 0) this.#number = tables.nextNumber("consumers");
      consumers.putSync(this.#number, { beat: ++this.#beat, leaseMs: this.#leaseMs, process: thisProcess() });
      return lost;
    });
  }

  /** Falls silent. */
  stop(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
  }
}
