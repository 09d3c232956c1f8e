export interface BatcherOptions {
  /** The largest batch. Default 1,000. */
  readonly maxItems?: number;
  /** How many flushes may overlap; items that come meanwhile wait and share the next one. Default 1. */
  readonly maxInFlight?: number;
}

/**
 * Turns single calls into batches without adding latency: the first item is flushed in the next microtask, with all that the same
 * tick adds; what comes while flushes are under way goes together into the next.
 */
export class Batcher<T> {
  readonly #flush: (items: T[]) => Promise<void>;
  readonly #maxItems: number;
  readonly #maxInFlight: number;
  #waiting: T[] = [];
  #inFlight = 0;
  #scheduled = false;
  #idle: (() => void)[] = [];

  /** @param flush handles the batch and every error of it: it must not reject */
  constructor(flush: (items: T[]) => Promise<void>, { maxItems = 1000, maxInFlight = 1 }: BatcherOptions = {}) {
    this.#flush = flush;
    this.#maxItems = maxItems;
    this.#maxInFlight = maxInFlight;
  }

  add(item: T): void {
    this.#waiting.push(item);
    if (!this.#scheduled && this.#inFlight < this.#maxInFlight) {
      this.#scheduled = true;
      queueMicrotask(this.#run);
    }
  }

  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    if (this.#waiting.length === 0 && this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    while (this.#waiting.length > 0 && this.#inFlight < this.#maxInFlight) {
      const all = this.#waiting;
      const batch = all.length <= this.#maxItems ? all : all.slice(0, this.#maxItems);
      this.#waiting = batch === all ? [] : all.slice(this.#maxItems);
      this.#inFlight++;
      void this.#flush(batch).finally(this.#done);
    }
  };

  readonly #done = (): void => {
    this.#inFlight--;
    this.#run();
    if (this.#inFlight === 0 && this.#waiting.length === 0 && this.#idle.length > 0) {
      const idle = this.#idle;
      this.#idle = [];
      for (const resolve of idle) resolve();
    }
  };
}
