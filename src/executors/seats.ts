/** How many tasks may be on threads at once, and who waits for one to leave, in order. */
export class Seats {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves to whether there is a seat: not where the signal has aborted before. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    return new Promise((resolve) => {
      const seated = (): void => {
        signal.removeEventListener("abort", gone);
        resolve(true);
      };
      const gone = (): void => {
        this.#waiting.delete(seated);
        resolve(false);
      };
      this.#waiting.add(seated);
      signal.addEventListener("abort", gone, { once: true });
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
