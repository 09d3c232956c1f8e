import type { Logger } from "../logger.js";
import type { Clock, Timer } from "../util/clock.js";
import type { Job } from "./job.js";
import type { Slots } from "./slots.js";

/** How long a handler has to heed its signal until that is worth a line in the log, in milliseconds. */
const patienceMs = 1000;

interface Since {
  readonly at: number;
  readonly timer: Timer;
  told: boolean;
}

/**
 * Handlers on the event loop that go on although their task has ended, by its time-out or because it was cancelled. Nobody can end
 * them. The task's slot is free at once, since a handler that hangs is not to keep others from running; but there are never more
 * of them beside the tasks that run than the worker has slots: then it takes fewer tasks, until one has ended.
 */
export class LeftBehind {
  readonly #slots: Slots;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #since = new Map<Job, Since>();

  constructor(slots: Slots, clock: Clock, logger: Logger) {
    this.#slots = slots;
    this.#clock = clock;
    this.#logger = logger;
  }

  add(job: Job): void {
    const timer = this.#clock.after(patienceMs, () => this.#tell(job));
    this.#since.set(job, { at: this.#clock.now(), timer, told: false });
    this.#slots.leaveBehind();
    if (this.#since.size === this.#slots.total + 1) {
      this.#logger.error(
        { handlers: this.#since.size },
        "more handlers go on after their tasks have ended than this worker has slots: it takes fewer tasks until some of them end",
      );
    }
  }

  /** Its handler has ended after all. */
  ended(job: Job): void {
    const since = this.#since.get(job);
    if (since === undefined) return;
    this.#since.delete(job);
    since.timer.cancel();
    this.#slots.catchUp();
    if (!since.told) return;
    const { name: task, uuid } = job;
    this.#logger.warn({ task, uuid, afterMs: this.#clock.now() - since.at }, "a handler has ended, long after its task");
  }

  /** Their tasks. */
  names(): string[] {
    return [...this.#since.keys()].map(({ name }) => name);
  }

  /** Says no more of them. */
  stop(): void {
    for (const { timer } of this.#since.values()) timer.cancel();
  }

  #tell(job: Job): void {
    this.#since.get(job)!.told = true;
    const { name: task, uuid } = job;
    this.#logger.warn({ task, uuid }, "a handler goes on although its task has ended: it does not heed taskContext().signal");
  }
}
