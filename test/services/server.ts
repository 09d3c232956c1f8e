import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.js";
import { ownLeash } from "./leash.js";

/** How to start a server. */
export interface Recipe {
  /** E.g. `redis`; for messages and folders. */
  readonly name: string;
  readonly program: string;
  /** Prepares the server's folder, and says with what to start the program. */
  prepare(place: Place): Promise<{ readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv }>;
  isReady(place: Place): Promise<boolean>;
  url(place: Place): string;
  /** The process to send signals to, where it is not the one that was started. */
  mainPid?(place: Place): number | undefined;
}

/** Where a server lives: both stay the same when it is restarted. */
export interface Place {
  readonly port: number;
  readonly folder: string;
}

const PATIENCE_MS = 60_000;

/** A server that this process started, on a port and in a folder of its own. It ends with this process. */
export class Server {
  readonly url: string;
  readonly place: Place;
  readonly #recipe: Recipe;
  #child: ChildProcess | undefined;

  private constructor(recipe: Recipe, place: Place) {
    this.#recipe = recipe;
    this.place = place;
    this.url = recipe.url(place);
  }

  /** Starts a server and waits until it answers. */
  static async start(recipe: Recipe): Promise<Server> {
    for (let attempt = 1; ; attempt++) {
      const folder = await mkdtemp(join(ownLeash().folder, `${recipe.name}-`));
      const server = new Server(recipe, { port: await freePort(), folder });
      try {
        await server.start();
        return server;
      } catch (error) {
        await server.dispose();
        // Somebody else may have taken the port meanwhile.
        if (attempt === 3 || !/in use/i.test((error as Error).message)) throw error;
      }
    }
  }

  get port(): number {
    return this.place.port;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** The process's id. */
  get pid(): number {
    return this.#recipe.mainPid?.(this.place) ?? this.#running().pid!;
  }

  /** Starts it again where it was, with the data that it left. */
  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.#recipe.name} is running already`);
    const { args, env } = await this.#recipe.prepare(this.place);
    const log = openSync(this.#log, "a");
    // A process group of its own: Ctrl-C in a terminal is for the tests, which then stop the servers.
    const child = spawn(this.#recipe.program, args, {
      cwd: this.place.folder,
      detached: true,
      env: { ...process.env, ...env },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    child.unref();
    this.#child = child;
    let failure: string | undefined;
    child.once("error", (error) => {
      failure = error.message;
      this.#gone();
    });
    child.once("exit", (code, signal) => {
      failure = `it ended with ${signal ?? code}`;
      this.#gone();
    });
    if (child.pid !== undefined) ownLeash().hold(-child.pid);
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await this.#recipe.isReady(this.place))) {
      if (Date.now() > deadline) failure ??= `it did not answer within ${PATIENCE_MS / 1000} s`;
      if (failure !== undefined) throw new Error(`${this.#recipe.name} did not start: ${failure}.\n${this.logTail()}`);
      await delay(20);
    }
  }

  /** Asks it to stop (SIGTERM), and waits until it has. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Kills it (SIGKILL), and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops it, or kills it with `"SIGKILL"`, and starts it again. */
  async restart(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await this.#end(signal);
    await this.start();
  }

  /** Suspends it (SIGSTOP): connections stay open and nothing answers. */
  pause(): void {
    process.kill(this.pid, "SIGSTOP");
  }

  resume(): void {
    process.kill(this.pid, "SIGCONT");
  }

  /** Kills it and deletes its folder. */
  async dispose(): Promise<void> {
    const child = this.#child;
    if (child?.pid !== undefined) {
      child.ref();
      const gone = once(child, "exit");
      killGroup(child.pid);
      await gone;
    }
    await rm(this.place.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The last lines that it wrote. */
  logTail(lines = 20): string {
    return readFileSync(this.#log, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  }

  get #log(): string {
    return join(this.place.folder, "output.log");
  }

  #running(): ChildProcess {
    if (this.#child === undefined) throw new Error(`${this.#recipe.name} is not running`);
    return this.#child;
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#running();
    child.ref();
    const gone = once(child, "exit");
    process.kill(this.pid, signal);
    // A suspended process heeds no SIGTERM.
    if (signal === "SIGTERM") process.kill(this.pid, "SIGCONT");
    await gone;
    killGroup(child.pid!);
  }

  #gone(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) ownLeash().release(-pid);
    this.#child = undefined;
  }
}

/** Kills what is left of a server's processes. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing is.
  }
}
