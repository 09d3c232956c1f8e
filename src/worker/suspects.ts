import type { Job } from "./job.js";

/** After how many deaths of its holders a message is suspected of causing them; one may be chance. */
const SUSPECT_FROM = 2;

/**
 * Messages whose holders have died again and again. One may be the cause; what is held together with it sees as many deaths, and
 * would be taken for the cause in the end. So a worker holds one suspect at a time, and a death tells which one it was.
 */
export class Suspects {
  #held: Job | undefined;
  readonly #leaving = new Map<Job, () => void>();

  /** Whether the job is a suspect too many. If not, it counts as held until it has left. */
  isOneTooMany(job: Job): boolean {
    if (job.delivery.crashes < SUSPECT_FROM) return false;
    if (this.#held !== undefined) return true;
    this.#held = job;
    return false;
  }

  /** Resolves when the job is out of this worker's hands. */
  gone(job: Job): Promise<void> {
    return new Promise((resolve) => this.#leaving.set(job, resolve));
  }

  left(job: Job): void {
    if (this.#held === job) this.#held = undefined;
    this.#leaving.get(job)?.();
    this.#leaving.delete(job);
  }
}
