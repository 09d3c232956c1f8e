import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { TaskRecord } from "./account.js";
import type { LedgerLine } from "./ledger.js";

type Unnumbered<Line> = Line extends unknown ? Omit<Line, "reply"> : never;

/** By the clock that all processes of this machine share, whatever time it is for them: microseconds since some moment. */
export const momentNow = (): number => Number(process.hrtime.bigint() / 1_000n);

/** A process's line to the ledger. What is told stands in the order in which it was told. */
export class LedgerClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: never) => void>();
  #replies = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    createInterface(socket).on("line", (text) => {
      const { reply, answer } = JSON.parse(text);
      this.#waiting.get(reply)?.(answer as never);
      this.#waiting.delete(reply);
    });
  }

  static async connect(path: string): Promise<LedgerClient> {
    const socket = connect(path);
    await once(socket, "connect");
    return new LedgerClient(socket);
  }

  /** Tells, and does not wait. */
  tell(line: Unnumbered<LedgerLine>): void {
    this.#socket.write(`${JSON.stringify(line)}\n`);
  }

  /** Tells, and waits for the ledger's answer: what was told before stands in it by then. */
  ask<Answer>(line: Unnumbered<LedgerLine>): Promise<Answer> {
    const reply = ++this.#replies;
    this.#socket.write(`${JSON.stringify({ ...line, reply })}\n`);
    return new Promise((resolve) => this.#waiting.set(reply, resolve as never));
  }

  async report(): Promise<Map<string, TaskRecord>> {
    return new Map(await this.ask<[string, TaskRecord][]>({ op: "report" }));
  }

  close(): void {
    this.#socket.destroy();
  }
}
