import type { Backend } from "../backends/backend.js";
import type { Clock, Timer } from "../util/clock.js";
import { newTaskId } from "../util/ids.js";
import type { Job } from "./job.js";

/** A lock is renewed this many times in its length. */
const RENEWALS = 3;

interface Lock {
  readonly key: string;
  readonly owner: string;
  timer: Timer | undefined;
}

/**
 * Keeps two copies of a chord's callback from running side by side. Whoever dies between sending the callback and noting that it is
 * out has it sent once more, under the same id: the copy that comes later waits until the other has ended, and then finds its state.
 * Other tasks need no lock: what comes of running them twice is stored once.
 */
export class RunLocks {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #held = new Map<Job, Lock>();

  /** @param ttlMs how long a lock outlives its process, in milliseconds */
  constructor(backend: Backend, clock: Clock, ttlMs: number) {
    this.#backend = backend;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  /** Whether the job may run. */
  async take(job: Job): Promise<boolean> {
    if (!isChordCallback(job) || this.#held.has(job) || !this.#backend.capabilities.keeps) return true;
    const lock: Lock = { key: `${job.uuid}:p:run`, owner: newTaskId(this.#clock.now()), timer: undefined };
    if (!(await this.#backend.lease(lock.key, lock.owner, this.#ttlMs))) return false;
    this.#held.set(job, lock);
    this.#renewLater(lock);
    return true;
  }

  /** When to look again for one that may not. */
  retryAt(): number {
    return this.#clock.now() + Math.min(1000, this.#ttlMs);
  }

  release(job: Job): void {
    const lock = this.#held.get(job);
    if (lock === undefined) return;
    this.#held.delete(job);
    lock.timer?.cancel();
    // Where this fails, the lock ends by itself.
    this.#backend.lease(lock.key, lock.owner, 0).catch(() => {});
  }

  #renewLater(lock: Lock): void {
    lock.timer = this.#clock.after(this.#ttlMs / RENEWALS, () => {
      this.#backend.lease(lock.key, lock.owner, this.#ttlMs).catch(() => {});
      this.#renewLater(lock);
    });
  }
}

/** By the id that Machinery gives to chords' callbacks, and only to them. */
export function isChordCallback({ uuid }: Job): boolean {
  return uuid.startsWith("chord_");
}
