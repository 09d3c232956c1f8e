import type { Logger } from "../../logger.js";
import { backoffMs } from "../../util/backoff.js";
import { type Clock, delay } from "../../util/clock.js";
import { listenForSignals } from "../../util/signals.js";
import { RESTART_CODE } from "../memory-limit.js";
import { Child, type End } from "./child.js";

export interface SupervisorOptions {
  /** How many processes. */
  readonly processes: number;
  /** The arguments of the command line that starts the process of that number, from 1. */
  readonly argsOf: (number: number) => readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A process that has taken tasks for so long is sound: when it dies after that, the pauses begin anew. In milliseconds. */
const SOUND_MS = 60_000;
const pauses = { baseMs: 250, maxMs: 30_000 };

/** A worker lets tasks finish for 25 s, and ends its threads. One that has not ended after this hears nothing any more. */
const STOP_MS = 35_000;

/** The exit code of a process that the user has to mend something for. */
const MISTAKE = 2;

/**
 * Keeps a number of processes running: one that dies is started again, after a pause that grows while it keeps dying. They stop
 * together. What is wrong from the beginning is found by the first one, alone, and is then the end of all.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children = new Map<number, Child>();
  readonly #stop = new AbortController();
  #exitCode = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves with the exit code when all processes have ended: by SIGINT or SIGTERM (twice: at once), or because they cannot start. */
  async run(): Promise<number> {
    const { processes, logger } = this.#options;
    const unlisten = listenForSignals(
      (signal) => {
        logger.info({ signal, processes: this.#children.size }, "stopping all processes; the same signal again ends them at once");
        this.#stopAll();
      },
      () => this.#killAll(),
    );
    try {
      const first = this.#start(1);
      if (await first.started) {
        logger.info({ processes }, "supervising: a process that dies is started again");
        const others = Array.from({ length: processes - 1 }, (_, i) => i + 2);
        await Promise.all([this.#keep(1, first), ...others.map((number) => this.#keep(number, this.#start(number)))]);
      } else {
        // It has said itself what is wrong.
        const { code } = await first.ended;
        if (!this.#stop.signal.aborted) this.#exitCode = code || 1;
      }
      return this.#exitCode;
    } finally {
      unlisten();
    }
  }

  #start(number: number): Child {
    const { argsOf, clock } = this.#options;
    const child = new Child(argsOf(number), clock);
    this.#children.set(number, child);
    void child.ended.then(() => this.#children.delete(number));
    // Whoever is told to stop while this one was not there yet.
    if (this.#stop.signal.aborted) child.stop();
    return child;
  }

  /** Until all are to stop: waits for the process to end, and starts another one in its place. */
  async #keep(number: number, child: Child): Promise<void> {
    const { clock } = this.#options;
    for (let failures = 0; ; ) {
      const end = await child.ended;
      if (this.#stop.signal.aborted) return;
      if (this.#isHopeless(end)) {
        this.#giveUp(number, end);
        return;
      }
      const { livedMs = 0 } = end;
      if (livedMs >= SOUND_MS) failures = 0;
      const pauseMs = backoffMs(failures++, pauses);
      this.#report(number, child, end, pauseMs);
      await delay(clock, pauseMs, this.#stop.signal, true);
      if (this.#stop.signal.aborted) return;
      child = this.#start(number);
    }
  }

  /** Whether trying again is of no use: the user has to mend something, and no process is left that works. */
  #isHopeless({ code, livedMs }: End): boolean {
    return code === MISTAKE && livedMs === undefined && ![...this.#children.values()].some((child) => child.isRunning);
  }

  #giveUp(number: number, { code }: End): void {
    this.#options.logger.error({ process: number, code }, "no process is left, and none can start any more");
    this.#exitCode = MISTAKE;
    this.#stopAll();
  }

  #report(number: number, { pid }: Child, { code, signal, livedMs }: End, pauseMs: number): void {
    const { logger } = this.#options;
    const fields = { process: number, childPid: pid, pauseMs };
    if (code === RESTART_CODE) logger.info(fields, "a process has ended because of its memory; another one takes its place");
    else {
      const died = { ...fields, ...(signal === null ? { code } : { signal }) };
      logger.warn(
        died,
        livedMs === undefined ? "a process has not come up; trying again" : "a process has died; starting another one",
      );
    }
  }

  #stopAll(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    for (const child of this.#children.values()) child.stop();
    this.#options.clock.after(STOP_MS, () => {
      for (const [number, { pid }] of this.#children) {
        this.#options.logger.error(
          { process: number, childPid: pid },
          "a process does not stop; it is killed, and its tasks go to others",
        );
        this.#exitCode = 1;
      }
      this.#killAll();
    });
  }

  #killAll(): void {
    for (const child of this.#children.values()) child.kill();
  }
}
