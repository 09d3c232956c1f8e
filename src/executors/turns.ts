import { systemClock } from "../util/clock.js";

/** For so long one task may follow another without the event loop in between, in milliseconds. */
const MAX_WITHOUT_LOOP_MS = 10;

/**
 * The order of tasks on a thread: one at a time, each once the one before is over, with what timers and sockets have to do on the thread
 * between two of them now and then.
 */
export class Turns {
  /** Of whoever came last, while it is to wait for. */
  #last: Promise<unknown> | undefined;
  /** When the first one began in this turn of the event loop. */
  #since: number | undefined;

  /**
   * Runs it: at once, where its turn is now. The promise of the one before was handed on before anybody could wait for it here, and so
   * whoever waits for that one's result has it before this one begins.
   */
  take<T>(run: () => T | Promise<T>): T | Promise<T> {
    const result = this.#last?.then(run, run) ?? (this.#isOverdue() ? nextLoop().then(run) : run());
    if (!(result instanceof Promise)) return result;
    this.#last = result;
    const over = (): void => {
      if (this.#last === result) this.#last = undefined;
    };
    result.then(over, over);
    return result;
  }

  #isOverdue(): boolean {
    const now = systemClock.now();
    if (this.#since === undefined) {
      this.#since = now;
      setImmediate(() => {
        this.#since = undefined;
      });
    }
    return now - this.#since >= MAX_WITHOUT_LOOP_MS;
  }
}

function nextLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
