import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Exit {
  /** How long after it was first asked to stop, in milliseconds; `NaN` where nobody asked. */
  readonly afterMs: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of the harness: one of the scripts beside this file. */
export class Child {
  readonly #process: ChildProcess;
  readonly exited: Promise<Exit>;
  /** Resolves when it says so, and to `false` if it ends before. */
  readonly ready: Promise<boolean>;
  isReady = false;
  isAlive = true;
  /** How often it was asked by a signal to stop, and took note. */
  asked = 0;
  errors = "";
  #askedAt: number | undefined;

  constructor(script: "ledger" | "worker" | "sender", argument: string, env: NodeJS.ProcessEnv = {}) {
    this.#process = fork(fileURLToPath(new URL(`${script}.js`, import.meta.url)), [argument], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.errors = (this.errors + text).slice(-2_000);
    });
    this.exited = once(this.#process, "exit").then(([code, signal]) => {
      this.isAlive = false;
      this.isReady = false;
      return { code, signal, afterMs: Date.now() - (this.#askedAt ?? Number.NaN) };
    });
    this.#process.on("message", (message) => {
      if (message === "asked") this.asked++;
    });
    this.ready = Promise.race([once(this.#process, "message").then(() => true), this.exited.then(() => false)]);
    void this.ready.then((ready) => {
      this.isReady = ready && this.isAlive;
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (signal === "SIGKILL") this.isReady = false;
    if (signal === "SIGTERM") this.#askedAt ??= Date.now();
    this.#process.kill(signal);
  }
}
