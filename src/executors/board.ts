import { Deque } from "../util/deque.js";

/** A task's mark on the board, as bits. */
const BEGUN = 1;
const OVER = 2;
const ABORTED = 4;
const REVOKED = 8;
/** Above these bits: why it was aborted, as an index into `abortCodes`. */
const CODE_SHIFT = 4;

/** Why a task on a thread may be told to stop. */
export const abortCodes = ["ERR_TASK_TIMEOUT", "ERR_TASK_CANCELLED", "ERR_WORKER_STOPPED", "ERR_CLAIM_LOST"] as const;
export type AbortCode = (typeof abortCodes)[number];

/** Far more than tasks are on threads at once: a mark comes into use again long after whoever wrote it last is gone. */
const MARKS = 4096;

/**
 * What the loop and the threads tell each other about the tasks that run, in shared memory: a thread that never yields can read it, and
 * what it wrote is there even where the thread is not any more.
 */
export class Board {
  readonly cells: Int32Array;
  /** The one that is out of use for longest comes into use first. */
  readonly #free = new Deque<number>();

  /** The loop's board. */
  constructor() {
    this.cells = new Int32Array(new SharedArrayBuffer(MARKS * Int32Array.BYTES_PER_ELEMENT));
    for (let mark = 0; mark < MARKS; mark++) this.#free.push(mark);
  }

  /** A clean mark for a task, to be released after it. */
  claim(): number {
    const mark = this.#free.shift();
    if (mark === undefined) throw new RangeError(`no more than ${MARKS} tasks can be on threads at once`);
    Atomics.store(this.cells, mark, 0);
    return mark;
  }

  release(mark: number): void {
    this.#free.push(mark);
  }

  /** Whether a thread has taken it up. */
  isBegun(mark: number): boolean {
    return (Atomics.load(this.cells, mark) & BEGUN) !== 0;
  }

  /** Keeps the thread from beginning with it; `false` where it has. */
  revoke(mark: number): boolean {
    return Atomics.compareExchange(this.cells, mark, 0, REVOKED) === 0;
  }

  /** Tells the thread that the task is to stop. */
  abort(mark: number, reason: unknown): void {
    const { code } = reason as { readonly code?: unknown };
    const known = abortCodes.find((one) => one === code) ?? "ERR_WORKER_STOPPED";
    Atomics.or(this.cells, mark, ABORTED | (abortCodes.indexOf(known) << CODE_SHIFT));
    Atomics.notify(this.cells, mark);
  }
}

/** The thread's side of one task's mark. */
export class Mark {
  readonly #cells: Int32Array;
  readonly #mark: number;

  constructor(cells: Int32Array, mark: number) {
    this.#cells = cells;
    this.#mark = mark;
  }

  /** Claims the task for this thread; `false` where the loop has taken it back. */
  begin(): boolean {
    for (;;) {
      const value = Atomics.load(this.#cells, this.#mark);
      if ((value & REVOKED) !== 0) return false;
      if (Atomics.compareExchange(this.#cells, this.#mark, value, value | BEGUN) === value) return true;
    }
  }

  end(): void {
    Atomics.or(this.#cells, this.#mark, OVER);
    Atomics.notify(this.#cells, this.#mark);
  }

  /** Why the task is to stop, if it is. */
  get aborted(): AbortCode | undefined {
    const value = Atomics.load(this.#cells, this.#mark);
    return (value & ABORTED) === 0 ? undefined : abortCodes[value >> CODE_SHIFT];
  }

  /** Resolves when the task is to stop, or is over. */
  async change(): Promise<void> {
    const { async, value } = Atomics.waitAsync(this.#cells, this.#mark, BEGUN);
    if (async) await value;
  }
}
