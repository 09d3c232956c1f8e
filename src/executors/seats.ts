/** A task that may be told to stop. In place of an AbortSignal, which costs more than all else about a task's way to a thread. */
export interface Abortable {
  /** Why it is to stop, if it is. */
  readonly abortReason: Error | undefined;
  /** Has this called at an abort, and nothing that was to be called before; `undefined` for nothing. */
  onAbort(listener: (() => void) | undefined): void;
}

/** How many tasks may have a thread of their own at once, and who waits for one, in order. */
export class Seats<T> {
  #free: number;
  /** Who had been next on a thread that is gone. */
  readonly #first = new Set<T>();
  readonly #waiting = new Set<T>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Whether there was a seat: it is taken now. */
  take(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  leave(): void {
    this.#free++;
  }

  wait(one: T): void {
    this.#waiting.add(one);
  }

  /** Waits again, before all others. */
  waitFirst(one: T): void {
    this.#first.add(one);
  }

  withdraw(one: T): void {
    this.#first.delete(one);
    this.#waiting.delete(one);
  }

  /** Who is next: it waits no more. */
  next(): T | undefined {
    const [one] = this.#first.size > 0 ? this.#first : this.#waiting;
    if (one !== undefined) this.withdraw(one);
    return one;
  }
}
