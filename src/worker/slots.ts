/**
 * How many tasks a worker may hold at once, and who waits for that to change. Handlers that go on after their task has ended hold no
 * slot, as long as there are no more of them than slots.
 */
export class Slots {
  readonly total: number;
  #free: number;
  #leftBehind = 0;
  #waiting: (() => void)[] = [];

  constructor(total: number) {
    this.total = total;
    this.#free = total;
  }

  /** Below 0 where more was left behind than may be, and all others are in use. */
  get free(): number {
    return this.#leftBehind <= this.total ? this.#free : this.#free - (this.#leftBehind - this.total);
  }

  get used(): number {
    return this.total - this.#free;
  }

  use(count: number): void {
    this.#free -= count;
  }

  release(): void {
    this.#free++;
    if (this.#waiting.length > 0) this.wake();
  }

  /** A handler goes on, and its task's slot will be released. */
  leaveBehind(): void {
    this.#leftBehind++;
  }

  /** It has ended. */
  catchUp(): void {
    this.#leftBehind--;
    if (this.#waiting.length > 0) this.wake();
  }

  /** Resolves when one is free, or the signal was aborted and `wake` called. */
  async available(signal: AbortSignal): Promise<void> {
    while (this.free <= 0 && !signal.aborted) await this.#change();
  }

  /** Resolves when none is used, and no handler goes on. */
  async drained(): Promise<void> {
    while (this.used > 0 || this.#leftBehind > 0) await this.#change();
  }

  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
