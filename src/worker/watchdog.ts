import { performance } from "node:perf_hooks";
import { events } from "../events.js";
import type { Logger } from "../logger.js";
import { systemClock, type Timer } from "../util/clock.js";

/** It looks this often within the time that the loop may be blocked, and at least so often, in milliseconds. */
const looksPerLimit = 4;
const longestLookMs = 250;
/** Of the names of tasks: as many are told. */
const mostNames = 10;

export interface WatchdogParts {
  readonly worker: string;
  /** How long the loop may be blocked, in milliseconds; 0: as long as it likes. */
  readonly limitMs: number;
  readonly logger: Logger;
  /** The tasks whose handlers were called on the loop in that turn, or ended there. */
  readonly changedIn: (turn: number) => readonly string[];
  /** The tasks whose handlers run on the loop. */
  readonly running: () => readonly string[];
}

/**
 * Says when the event loop was blocked, and which tasks may have done it: then no lease was renewed, no message taken, no time-out met.
 * While the loop is blocked no timer fires, so that it comes to light right after. Handlers are not timed, for that would cost every
 * one of them: from one look to the next is a turn, and each task type keeps the number of the last turn in which a handler of it was
 * called or ended.
 *
 * It goes by the system's clock whatever the worker goes by: a loop is blocked in real time.
 */
export class Watchdog {
  /** The number of this turn. */
  turn = 1;
  readonly #parts: WatchdogParts;
  readonly #everyMs: number;
  #activeMs = performance.eventLoopUtilization().active;
  #timer: Timer | undefined;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
    this.#everyMs = Math.min(parts.limitMs / looksPerLimit, longestLookMs);
    if (parts.limitMs > 0) this.#timer = systemClock.after(this.#everyMs, this.#look);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    // How long the loop did anything since the last look, rather than how late this look is: that of a process that was suspended
    // while it waited is late, too.
    const { active } = performance.eventLoopUtilization();
    const blockedMs = Math.round(active - this.#activeMs);
    if (blockedMs > this.#parts.limitMs) this.#tell(blockedMs);
    this.#activeMs = active;
    this.turn++;
    this.#timer = systemClock.after(this.#everyMs, this.#look);
  };

  #tell(blockedMs: number): void {
    const { worker, logger, changedIn, running } = this.#parts;
    const tasks = changedIn(this.turn);
    const others = new Set(running().filter((name) => !tasks.includes(name)));
    const told = { tasks: tasks.slice(0, mostNames), running: [...others].slice(0, mostNames) };
    logger.warn(
      { blockedMs, ...told },
      "the event loop was blocked, by one of these tasks most likely; one that computes belongs on a thread (policy: run: thread)",
    );
    if (events.loopBlocked.hasSubscribers) events.loopBlocked.publish({ worker, ms: blockedMs, ...told });
  }
}
