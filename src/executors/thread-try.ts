import type { Timer } from "../util/clock.js";

/**
 * One try to have a thread do something. Piscina takes it for its request's signal, to which it listens once, and ends the thread when
 * it is killed.
 */
export class ThreadTry {
  readonly mark: number;
  aborted = false;
  /** Ends the thread, where a task that was told to stop goes on. */
  killer: Timer | undefined;
  #listener: (() => void) | undefined;

  constructor(mark: number) {
    this.mark = mark;
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
