import type { Backend } from "../backends/backend.js";
import { events } from "../events.js";
import type { Logger } from "../logger.js";
import { backoffMs } from "../util/backoff.js";
import { type Clock, delay, type Timer } from "../util/clock.js";
import { fixedIds, type IdSource, newTaskId } from "../util/ids.js";
import type { Schedule } from "./schedule.js";

/** How late a fire may be, in milliseconds: later, it is a missed one. */
const LATEST_MS = 60_000;
/** How long a scheduler has for sending before another may take its place. */
const LEASE_MS = 30_000;
/** A timer stands still while its machine sleeps: it is looked at the clock this often. */
const LONGEST_SLEEP_MS = 30_000;
const DAY_MS = 24 * 3_600_000;
/** How long it is remembered that a schedule has been in use. */
const KNOWN_MS = 30 * DAY_MS;
/** Of more missed fires than this, only the last ones are looked into. */
const MOST_MISSED = 100;

export interface JobParts {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface JobOptions extends JobParts {
  readonly name: string;
  readonly schedule: Schedule;
  /** Tells this schedule from others that have had the name. */
  readonly spec: string;
  /** Sends the task or workflow; it may be called again with the same ids. */
  readonly send: (ids: IdSource) => Promise<void>;
}

/**
 * One periodic task in one process. Of all processes that have it, the one that gets the lease on a fire sends it; where that one dies
 * before it has, another does. Ids follow from name and time, so that even what is sent twice is one task.
 */
export class PeriodicJob {
  readonly #options: JobOptions;
  readonly #owner: string;
  readonly #stop = new AbortController();
  readonly #firing = new Set<Promise<void>>();
  #due: number | undefined;
  #timer: Timer | undefined;

  constructor(options: JobOptions) {
    this.#options = options;
    this.#owner = newTaskId(options.clock.now());
  }

  /** When it is due next, in milliseconds since the epoch. */
  get due(): number | undefined {
    return this.#due;
  }

  start(): void {
    const { clock, schedule } = this.#options;
    this.#due = schedule.next(clock.now());
    this.#arm();
    this.#track(this.#lookBack());
  }

  /** Resolves when what was being sent has been sent or given up. */
  async stop(): Promise<void> {
    this.#due = undefined;
    this.#timer?.cancel();
    this.#stop.abort();
    await Promise.all(this.#firing);
  }

  #arm(): void {
    if (this.#due === undefined || this.#stop.signal.aborted) return;
    const { clock } = this.#options;
    this.#timer = clock.after(Math.min(this.#due - clock.now(), LONGEST_SLEEP_MS), () => this.#ring(), true);
  }

  #ring(): void {
    const { clock, schedule } = this.#options;
    const now = clock.now();
    const passed: number[] = [];
    while (this.#due !== undefined && this.#due <= now) {
      if (passed.push(this.#due) > MOST_MISSED) passed.shift();
      this.#due = schedule.next(this.#due);
    }
    const last = passed.at(-1);
    if (last !== undefined) {
      const missed = now - last <= LATEST_MS ? passed.slice(0, -1) : passed;
      if (missed.length < passed.length) this.#track(this.#fire(last));
      if (missed.length > 0) this.#track(this.#report(missed));
    }
    this.#arm();
  }

  /** What was due while no process had the schedule: only the last time, and only of a schedule that had been in use. */
  async #lookBack(): Promise<void> {
    const { backend, clock, schedule, name, spec } = this.#options;
    const known = fixedIds(`${name}:${spec}`).task(0);
    if (await backend.lease(known, this.#owner, KNOWN_MS)) return;
    const previous = schedule.previous(clock.now());
    if (previous !== undefined && clock.now() - previous > LATEST_MS) await this.#report([previous]);
  }

  async #fire(due: number): Promise<void> {
    const { backend, clock, logger, name, send } = this.#options;
    const { signal } = this.#stop;
    const key = this.#keyOf(due);
    const end = Math.min(due + LATEST_MS + LEASE_MS, this.#due ?? Number.POSITIVE_INFINITY);
    let waited = false;
    for (let failures = 0; !signal.aborted; ) {
      let failure: unknown;
      try {
        if (await backend.lease(key, this.#owner, LEASE_MS)) {
          await send(fixedIds(`${name}:${due}`));
          await backend.lease(key, this.#owner, this.#rememberMs(due));
          logger.debug({ periodic: name, due }, "periodic task sent");
          if (events.periodicFired.hasSubscribers) events.periodicFired.publish({ name, due });
          return;
        }
        // Another sends it, or has. Once that one's time is over, the lease is free only if it has died before.
        if (waited) return;
        waited = true;
        await delay(clock, LEASE_MS + 1_000, signal);
        continue;
      } catch (error) {
        failure = error;
      }
      if (clock.now() >= end) {
        await backend.lease(key, this.#owner, 0).catch(() => {});
        this.#tellMissed([due], failure);
        return;
      }
      logger.warn({ periodic: name, due, err: failure }, "a periodic task could not be sent; trying again");
      await delay(clock, backoffMs(failures++, { baseMs: 1_000, maxMs: 10_000 }) + 100, signal, true);
    }
  }

  /** Of fires that are too late, those that no other process has sent. Each is reported by one process. */
  async #report(dues: readonly number[]): Promise<void> {
    const { backend } = this.#options;
    const missed: number[] = [];
    for (const due of dues) if (await backend.lease(this.#keyOf(due), this.#owner, this.#rememberMs(due))) missed.push(due);
    if (missed.length > 0) this.#tellMissed(missed, undefined);
  }

  #tellMissed(dues: readonly number[], error: unknown): void {
    const { logger, name } = this.#options;
    const times = dues.map((due) => new Date(due).toISOString());
    logger.error(
      { periodic: name, missed: times, ...(error !== undefined && { err: error }) },
      "a periodic task was missed; it is not made up for",
    );
    if (events.periodicMissed.hasSubscribers) events.periodicMissed.publish({ name, dues, error });
  }

  #keyOf(due: number): string {
    return `${fixedIds(`${this.#options.name}:${due}`).group(0)}:p:fire`;
  }

  /** Longer than any other process could still ask. */
  #rememberMs(due: number): number {
    const next = this.#options.schedule.next(due) ?? due;
    return Math.max(DAY_MS, 2 * (next - due));
  }

  #track(work: Promise<void>): void {
    const { logger, name } = this.#options;
    const tracked = work
      .catch((error) => logger.warn({ periodic: name, err: error }, "the result backend could not be asked about a periodic task"))
      .finally(() => this.#firing.delete(tracked));
    this.#firing.add(tracked);
  }
}
