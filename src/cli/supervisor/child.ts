import { type ChildProcess, fork } from "node:child_process";
import type { Clock } from "../../util/clock.js";
import { isStarted, STOP } from "./protocol.js";

/** How a process has ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** How long it had taken tasks, in milliseconds; `undefined` where it had not come so far. */
  readonly livedMs: number | undefined;
}

/** One process that the supervisor has started: this program again, with the same streams. */
export class Child {
  readonly ended: Promise<End>;
  /** Whether it takes tasks; `false` where it has ended before. */
  readonly started: Promise<boolean>;
  readonly #process: ChildProcess;
  #startedAt: number | undefined;

  /** @param args the arguments of the command line */
  constructor(args: readonly string[], clock: Clock) {
    this.#process = fork(process.argv[1]!, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const started = new Promise<boolean>((resolve) => {
      this.#process.on("message", (message) => {
        if (!isStarted(message)) return;
        this.#startedAt = clock.now();
        resolve(true);
      });
    });
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void =>
        resolve({ code, signal, livedMs: this.#startedAt === undefined ? undefined : clock.now() - this.#startedAt });
      this.#process.on("exit", end);
      // Also told of what could not be sent to a process that is going; only one that never came into being has no exit.
      this.#process.on("error", () => {
        if (this.#process.pid === undefined) end(1, null);
      });
    });
    this.started = Promise.race([started, this.ended.then(() => false)]);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#startedAt !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Asks it to stop in order. One that has not come so far as to take tasks has nothing to put in order. */
  stop(): void {
    if (this.#startedAt === undefined) this.#process.kill("SIGTERM");
    else if (this.#process.connected) this.#process.send(STOP, () => {});
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
