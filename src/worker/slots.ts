/** How many tasks a worker may hold at once, and who waits for that to change. */
export class Slots {
  readonly total: number;
  #free: number;
  #waiting: (() => void)[] = [];

  constructor(total: number) {
    this.total = total;
    this.#free = total;
  }

  get free(): number {
    return this.#free;
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

  /** Resolves when one is free, or the signal was aborted and `wake` called. */
  async available(signal: AbortSignal): Promise<void> {
    while (this.#free === 0 && !signal.aborted) await this.#change();
  }

  /** Resolves when none is used. */
  async drained(): Promise<void> {
    while (this.used > 0) await this.#change();
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
