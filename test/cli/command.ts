import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "../services/temporary-folder.js";

export interface Surroundings {
  /** The script of the command. Default: this repository's. */
  readonly main?: string;
  /** Default: this repository, whose contract and tasks the command then works with. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** What it reads from stdin. Default: nothing. */
  readonly input?: string | Uint8Array;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command `machinery`, running in a process of its own. */
export class Machinery {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[], surroundings: Surroundings = {}) {
    const { main = resolve("dist/src/cli/main.js"), cwd = ".", env = {}, nodeOptions = [], input = "" } = surroundings;
    const child = spawn(process.execPath, [...nodeOptions, main, ...args], { cwd, env: { ...bare(), ...env }, stdio: "pipe" });
    this.#child = child;
    child.stdin.on("error", () => {}).end(input);
    let rest = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      this.#lines.push(...lines);
      this.#tell();
    });
    const code = new Promise<number | null>((resolve) => child.on("exit", resolve));
    this.ended = Promise.all([code, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => {
      this.#tell();
      return { code, stdout, stderr };
    });
  }

  /**
   * Resolves with the first line on stderr that matches, or the one that does so for the `times`-th time; fails if there never will be
   * one.
   */
  async line(pattern: RegExp, times = 1): Promise<string> {
    for (;;) {
      const found = this.#lines.filter((line) => pattern.test(line))[times - 1];
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error(`no line matches ${pattern}:\n${(await this.ended).stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Runs the command to its end. */
export function machinery(args: readonly string[], surroundings?: Surroundings): Promise<Ended> {
  return new Machinery(args, surroundings).ended;
}

/** The environment without what could configure the command. */
export function bare(): NodeJS.ProcessEnv {
  const { PATH, HOME, SystemRoot, TMPDIR } = process.env;
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(SystemRoot && { SystemRoot }), ...(TMPDIR && { TMPDIR }) };
}

/** Broker and result backend in a folder of the test's own. */
export async function temporaryStore(t: { teardown(fn: () => unknown): void }): Promise<{ BROKER: string }> {
  return { BROKER: `file:${join(await temporaryFolder(t), "store")}` };
}
