import type { Job } from "./job.js";

/** After how many deaths of its holders a message is suspected of causing them; one may be chance. */
const SUSPECT_FROM = 2;

/**
 * Messages whose holders have died. One may be the cause; what is held together with it sees as many deaths, and would be taken for the
 * cause in the end. So a worker holds a suspect together with nothing else that has seen a death, and the next one tells which it was.
 */
export class Suspects {
  #suspect: Job | undefined;
  #solitude: AbortController | undefined;
  /** What is held that has seen a death, and is no suspect yet. */
  readonly #shaken = new Set<Job>();
  readonly #leaving = new Map<Job, () => void>();

  /** Whether the job is not to be held together with what is held already. If it may, it counts as held until it has left. */
  isOneTooMany(job: Job): boolean {
    const { crashes } = job.delivery;
    if (crashes === 0) return false;
    if (this.#suspect !== undefined) return true;
    if (crashes < SUSPECT_FROM) {
      this.#shaken.add(job);
      return false;
    }
    if (this.#shaken.size > 0) return true;
    this.#suspect = job;
    this.#solitude = new AbortController();
    return false;
  }

  /** Aborted when the suspect has left; absent where there is none, or nobody is to wait for it any longer. */
  get solitude(): AbortSignal | undefined {
    return this.#solitude?.signal;
  }

  isSuspect(job: Job): boolean {
    return this.#suspect === job;
  }

  endSolitude(): void {
    this.#solitude?.abort();
    this.#solitude = undefined;
  }

  /** Resolves when the job is out of this worker's hands. */
  gone(job: Job): Promise<void> {
    return new Promise((resolve) => this.#leaving.set(job, resolve));
  }

  left(job: Job): void {
    if (this.#suspect === job) {
      this.#suspect = undefined;
      this.endSolitude();
    }
    if (this.#shaken.size > 0) this.#shaken.delete(job);
    if (this.#leaving.size === 0) return;
    this.#leaving.get(job)?.();
    this.#leaving.delete(job);
  }
}
