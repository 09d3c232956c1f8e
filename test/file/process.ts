import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { temporaryFolder } from "../services/temporary-folder.js";

/** A folder of the test's own, deleted after it. */
export async function ownFolder(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder(t);
  return join(folder, "store");
}

/** Another process at the store, playing one of the parts in `part.ts`. */
export class Part {
  readonly child: ChildProcess;
  readonly #heard: unknown[] = [];
  #onMessage: () => void = () => {};

  constructor(t: ExecutionContext, part: string, folder: string, ...settings: string[]) {
    this.child = fork(new URL("./part.js", import.meta.url), [part, folder, ...settings]);
    this.child.on("message", (message) => {
      this.#heard.push(message);
      this.#onMessage();
    });
    // Not its exit: what it said last may still be on the way then.
    this.child.on("disconnect", () => this.#onMessage());
    t.teardown(() => this.child.kill("SIGKILL"));
  }

  /** The next message that it sends; `undefined` once it has ended and said all. */
  async says(): Promise<unknown> {
    while (this.#heard.length === 0) {
      if (!this.child.connected) return undefined;
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
    return this.#heard.shift();
  }

  tell(message: string): void {
    this.child.send(message);
  }

  async kill(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}
