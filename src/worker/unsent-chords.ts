import type { UnsentChords } from "../backends/backend.js";
import type { Logger } from "../logger.js";
import type { Clock, Timer } from "../util/clock.js";
import type { FollowUps } from "./follow-ups.js";

export interface UnsentChordsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly followUps: FollowUps;
  readonly leaseMs: number;
}

/** They are looked for this many times in a lease, and every 5 seconds at least, as the dead are whose chords they are. */
const looksPerLease = 6;
const longestLookMs = 5_000;

/** Looks, as long as the worker runs, for chords whose winner died before their callback was out, and sends that. */
export class UnsentChordsSender {
  readonly #unsent: UnsentChords;
  readonly #parts: UnsentChordsParts;
  #timer: Timer | undefined;
  #looking = false;

  constructor(unsent: UnsentChords, parts: UnsentChordsParts) {
    this.#unsent = unsent;
    this.#parts = parts;
    this.#wait();
  }

  /** Begins nothing new. What is under way may end or fail: another worker comes upon it. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    const { clock, leaseMs } = this.#parts;
    const pauseMs = Math.min(leaseMs / looksPerLease, longestLookMs);
    this.#timer = clock.after(pauseMs * (0.8 + 0.4 * Math.random()), () => {
      this.#wait();
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { followUps, leaseMs, logger } = this.#parts;
    // Where the backend cannot be reached, those say so who have something to do there.
    const chords = await this.#unsent.take(leaseMs).catch(() => []);
    try {
      await followUps.sendUnsent(chords);
    } catch (error) {
      if (this.#timer) logger.warn({ err: error }, "callbacks that a dead worker left unsent could not be sent; trying again");
    } finally {
      this.#looking = false;
    }
  }
}
