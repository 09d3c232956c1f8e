import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

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

  /** @throws Error what the program says went wrong, or that it has ended */
  async ask<Answer = object>(command: string, request: object = {}): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify({ command, ...request })}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name} has ended, asked for ${command}`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(`${this.name}, asked for ${command}: ${answer.error}`);
    return answer;
  }

  async close(): Promise<void> {
    const gone = once(this.#process, "exit");
    this.#process.stdin.end();
    await gone;
  }
}
