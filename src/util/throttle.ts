import type { Clock, Timer } from "./clock.js";

/** Hands on the first value at once, and then the latest, at most once in `everyMs` milliseconds. Only what is overtaken is lost. */
export class Throttle<T> {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #handOn: (value: T) => void;
  #lastAt = Number.NEGATIVE_INFINITY;
  #waiting: { readonly value: T } | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, everyMs: number, handOn: (value: T) => void) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#handOn = handOn;
  }

  /** Where nothing else lets a timer fire, the next value that is offered late enough does. */
  offer(value: T): void {
    this.#waiting = { value };
    const waitMs = this.#lastAt + this.#everyMs - this.#clock.now();
    if (waitMs <= 0 || waitMs > this.#everyMs) this.flush();
    else this.#timer ??= this.#clock.after(waitMs, () => this.flush());
  }

  /** Hands on what waits, now. */
  flush(): void {
    const waiting = this.take();
    if (waiting === undefined) return;
    this.#lastAt = this.#clock.now();
    this.#handOn(waiting.value);
  }

  /** Takes out what waits, for another way. */
  take(): { readonly value: T } | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    return waiting;
  }
}
