import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Longer than anything that is asked for should take. */
const PATIENCE_MS = 180_000;

/** A program that is measured, in a process of its own; see `programs/serve.ts` for what it understands. */
export class Program {
  readonly name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error what the program says went wrong, that it has ended, or that it does not answer, and then it is killed */
  async ask<Answer = object>(command: string, request: object = {}): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify({ command, ...request })}\n`);
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      this.#process.kill("SIGKILL");
    }, PATIENCE_MS);
    const { value, done } = await this.#answers.next();
    clearTimeout(deadline);
    if (isLate) throw new Error(`${this.name}, asked for ${command}, did not answer within ${PATIENCE_MS / 1000} s`);
    if (done) throw new Error(`${this.name} has ended, asked for ${command}`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(`${this.name}, asked for ${command}: ${answer.error}`);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.stdin.end();
    await gone;
  }
}
