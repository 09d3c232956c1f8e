import type { Clock, Timer } from "../util/clock.js";

/** From the first to the last pause, in milliseconds; where states are pushed, the last from the beginning. */
const FIRST_MS = 50;
const LAST_MS = 1000;
const GROWTH = 1.5;
/** Between two of the polls that it takes to ask for all. */
const SHORTEST_MS = 10;

export interface Asked {
  /** Whether something has ended. */
  readonly ended: boolean;
  /** How many polls it takes to ask for all that is waited for. */
  readonly polls: number;
}

/**
 * The pace of polling: soon after something new is waited for or has ended, and ever more rarely while nothing happens. One timer, and
 * one question at a time, however much is waited for.
 */
export class Poll {
  readonly #clock: Clock;
  #firstMs: number;
  readonly #ask: () => Promise<Asked>;
  #timer: Timer | undefined;
  #armedMs = Number.POSITIVE_INFINITY;
  #pauseMs: number;
  #wanted = false;
  #asking = false;

  /**
   * @param pushed whether polling is only the net beneath a push
   * @param ask asks for a batch; it must not reject
   */
  constructor(clock: Clock, pushed: boolean, ask: () => Promise<Asked>) {
    this.#clock = clock;
    this.#firstMs = pushed ? LAST_MS : FIRST_MS;
    this.#pauseMs = this.#firstMs;
    this.#ask = ask;
  }

  /** Polling is the net beneath something that tells, or, where that has failed to, no longer. */
  relax(isNet: boolean): void {
    this.#firstMs = isNet ? LAST_MS : FIRST_MS;
  }

  /** Something new is waited for. */
  hurry(): void {
    this.#wanted = true;
    this.#pauseMs = this.#firstMs;
    if (this.#asking || this.#armedMs <= this.#firstMs) return;
    this.#timer?.cancel();
    this.#arm(this.#firstMs);
  }

  /** Nothing is waited for. */
  stop(): void {
    this.#wanted = false;
    this.#timer?.cancel();
    this.#armedMs = Number.POSITIVE_INFINITY;
  }

  #arm(ms: number): void {
    this.#armedMs = ms;
    this.#timer = this.#clock.after(ms, () => void this.#fire());
  }

  async #fire(): Promise<void> {
    this.#armedMs = Number.POSITIVE_INFINITY;
    this.#asking = true;
    // What is new while it asks sets this back.
    this.#pauseMs = Math.min(this.#pauseMs * GROWTH, LAST_MS);
    const { ended, polls } = await this.#ask();
    this.#asking = false;
    if (ended) this.#pauseMs = this.#firstMs;
    if (this.#wanted) this.#arm(Math.max(this.#pauseMs / polls, SHORTEST_MS));
  }
}
