/** A task that may be told to stop. In place of an AbortSignal, which costs more than all else about a task's way to a thread. */
export interface Abortable {
  /** Why it is to stop, if it is. */
  readonly abortReason: Error | undefined;
  /** Has this called at an abort, and nothing that was to be called before; `undefined` for nothing. */
  onAbort(listener: (() => void) | undefined): void;
}

/** How many tasks may be on threads at once, and who waits for one to leave, in order. */
export class Seats {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Whether there is a seat, or a promise of that: not where the task has been told to stop before. */
  take(task: Abortable): boolean | Promise<boolean> {
    if (task.abortReason !== undefined) return false;
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    return new Promise((resolve) => {
      const seated = (): void => {
        task.onAbort(undefined);
        resolve(true);
      };
      this.#waiting.add(seated);
      task.onAbort(() => {
        this.#waiting.delete(seated);
        resolve(false);
      });
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
