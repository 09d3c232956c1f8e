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

/** A clock that stands still until `advance` moves it: timers then fire in order of their due time. */
export class ManualClock implements Clock {
  #now: number;
  #sequence = 0;
  readonly #timers = new Map<number, { due: number; fn: () => void }>();

  /** @param now where the clock starts, in milliseconds since the epoch */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): Timer {
    const id = ++this.#sequence;
    this.#timers.set(id, { due: this.#now + Math.max(ms, 0), fn });
    return { cancel: () => void this.#timers.delete(id) };
  }

  /** Moves the clock by `ms`, firing what falls due on the way; promises settle between two timers. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(([, t]) => t.due <= end).sort(([a, x], [b, y]) => x.due - y.due || a - b)[0];
      if (!next) break;
      const [id, timer] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, timer.due);
      timer.fn();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
