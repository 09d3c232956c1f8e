import type { Timer } from "../util/clock.js";
import type { Errand } from "./errand.js";
import type { Lane } from "./lanes.js";

/**
 * One try to have a thread do something. Piscina takes it for its request's signal, to which it listens once, and ends the thread when
 * it is killed.
 */
export class Try {
  readonly mark: number;
  /** The task; there is none at the check of the modules. */
  readonly errand: Errand | undefined;
  /** The thread that has the request, as soon as one has. */
  lane: Lane | undefined;
  /** When it was put on deck, if it was: milliseconds since the epoch. */
  deckedAt = 0;
  /** Whether the task was taken back: how this try ends is nobody's business. */
  revoked = false;
  aborted = false;
  /** Ends the thread, where a task that was told to stop goes on. */
  killer: Timer | undefined;
  #listener: (() => void) | undefined;

  constructor(mark: number, errand?: Errand) {
    this.mark = mark;
    this.errand = errand;
  }

  addEventListener(_event: "abort", listener: () => void): void {
    this.#listener = listener;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }

  kill(): void {
    this.aborted = true;
    this.#listener?.();
  }
}
