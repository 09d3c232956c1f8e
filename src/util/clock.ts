import { Heap } from "./heap.js";

/** Time as the library sees it: everything that waits or stamps goes through a `Clock`, so that tests can drive it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Calls `fn` once, `ms` milliseconds from now (0 or less: as soon as possible). The timer does not keep the process alive, unless
   * `keepAlive` asks for it: for what a user waits for, not for housekeeping.
   */
  after(ms: number, fn: () => void, keepAlive?: boolean): Timer;
}

export interface Timer {
  /** Idempotent; a timer that has fired may be cancelled too. */
  cancel(): void;
}

/** `setTimeout` holds 2^31-1 ms at most; longer waits are walked in steps. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fn, keepAlive = false) {
    let handle: NodeJS.Timeout;
    const due = Date.now() + ms;
    const arm = (wait: number): void => {
      handle = setTimeout(
        () => (wait > LONGEST_TIMEOUT_MS ? arm(due - Date.now()) : fn()),
        Math.min(Math.max(wait, 0), LONGEST_TIMEOUT_MS),
      );
      if (!keepAlive) handle.unref();
    };
    arm(ms);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves `ms` milliseconds from now by `clock`, or as soon as `signal` aborts (it never rejects). */
export function delay(clock: Clock, ms: number, signal?: AbortSignal, keepAlive = false): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done, keepAlive);
    signal?.addEventListener("abort", done, { once: true });
  });
}

interface ManualTimer {
  readonly due: number;
  readonly sequence: number;
  fn: (() => void) | undefined;
}

/** A clock that stands still until `advance` moves it: timers then fire in order of their due time, and of their making. */
export class ManualClock implements Clock {
  #now: number;
  #sequence = 0;
  readonly #timers = new Heap<ManualTimer>((a, b) => a.due < b.due || (a.due === b.due && a.sequence < b.sequence));

  /** @param now where the clock starts, in milliseconds since the epoch */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): Timer {
    const timer: ManualTimer = { due: this.#now + Math.max(ms, 0), sequence: this.#sequence++, fn };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.fn = undefined;
      },
    };
  }

  /** Moves the clock by `ms`, firing what falls due on the way; promises settle between two timers. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#timers.peek(); next !== undefined && next.due <= end; next = this.#timers.peek()) {
      this.#timers.pop();
      if (!next.fn) continue;
      this.#now = next.due;
      next.fn();
      await promisesSettled();
    }
    this.#now = end;
    await promisesSettled();
  }
}

const promisesSettled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
