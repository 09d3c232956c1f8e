import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { ownLeash } from "../services/leash.js";
import { buildGoMachinery } from "./toolchain.js";

/** A major version of Go Machinery. */
export type GoVersion = "v1" | "v2";

/** A signature as Machinery writes it; what is left out has Go's zero value. */
export interface GoSignature {
  readonly Name: string;
  readonly UUID?: string;
  readonly RoutingKey?: string;
  readonly ETA?: string;
  readonly Args?: readonly { readonly Name?: string; readonly Type: string; readonly Value: unknown }[];
  readonly Headers?: Readonly<Record<string, unknown>>;
  readonly Priority?: number;
  readonly Immutable?: boolean;
  readonly RetryCount?: number;
  readonly RetryTimeout?: number;
  readonly OnSuccess?: readonly GoSignature[];
  readonly OnError?: readonly GoSignature[];
}

/** A result that Go has read: its Go type, and its value as JSON. */
export interface GoValue {
  readonly type: string;
  readonly value: string;
}

/** A task that a Go worker has begun. */
export interface Begun {
  readonly task: string;
  readonly uuid: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** When this process heard of it, milliseconds since the epoch. */
  readonly at: number;
}

interface Answer {
  readonly id?: number;
  readonly event?: string;
  readonly error?: string;
  readonly uuids?: string[];
  readonly results?: GoValue[][];
  readonly state?: { readonly State: string };
  readonly names?: string[];
  readonly task: string;
  readonly uuid: string;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** What a task sent from Go is known by: for `results`, and the UUIDs of its tasks. */
export interface GoSent {
  readonly id: number;
  readonly uuids: readonly string[];
}

/** A process of Go Machinery: a sender, and a worker as soon as `work` is called. The commands are those of `go/main.go`. */
export class GoMachinery {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  readonly #begun: Begun[] = [];
  readonly #watchers = new Set<() => void>();
  #log = "";
  #ids = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    ownLeash().hold(child.pid!);
    for (const output of [child.stdout!, child.stderr!]) {
      output.setEncoding("utf8").on("data", (text) => {
        this.#log = (this.#log + text).slice(-100_000);
        this.#changed();
      });
    }
    createInterface(child.stdio[3] as Readable).on("line", (line) => this.#heard(JSON.parse(line)));
    child.on("exit", () => {
      ownLeash().release(child.pid!);
      for (const { reject } of this.#waiting.values()) reject(new Error(`Go has ended: ${this.#log}`));
    });
  }

  /** Whoever starts it has to kill it. @param more further flags of the program */
  static async start(version: GoVersion, configFile: string, more: readonly string[] = []): Promise<GoMachinery> {
    const program = await buildGoMachinery();
    if (program === undefined) throw new Error("there is no Go");
    const args = ["-machinery", version, "-config", configFile, ...more];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe", "pipe"] });
    return new GoMachinery(child);
  }

  send(task: GoSignature): Promise<GoSent> {
    return this.#sent({ do: "send", kind: "task", tasks: [task] });
  }

  sendGroup(...tasks: GoSignature[]): Promise<GoSent> {
    return this.#sent({ do: "send", kind: "group", tasks });
  }

  sendChain(...tasks: GoSignature[]): Promise<GoSent> {
    return this.#sent({ do: "send", kind: "chain", tasks });
  }

  sendChord(tasks: readonly GoSignature[], callback: GoSignature): Promise<GoSent> {
    return this.#sent({ do: "send", kind: "chord", tasks, callback });
  }

  /** Sends by one of the generated functions, with the values that `typed` of `go/v2.go` has under this name. */
  call(name: string): Promise<GoSent> {
    return this.#sent({ do: "typed", call: name });
  }

  /**
   * What Go's own `Get` returns: for something that it has sent, or for the UUID of anybody's task. For a group there is a list for each
   * member.
   */
  async results(of: GoSent | string): Promise<GoValue[]>;
  async results(of: GoSent | string, all: "all"): Promise<GoValue[][]>;
  async results(of: GoSent | string, all?: "all"): Promise<GoValue[] | GoValue[][]> {
    const { results } = await this.#ask({ do: "get", ...(typeof of === "string" ? { uuid: of } : { of: of.id }) });
    return all === "all" ? results! : results![0]!;
  }

  /** The state that Go reads: its name. */
  async state(uuid: string): Promise<string> {
    return (await this.#ask({ do: "state", uuid })).state!.State;
  }

  /** The names of the tasks that wait in the default queue, as Go's GetPendingTasks lists them. */
  async pending(): Promise<string[]> {
    return (await this.#ask({ do: "pending" })).names ?? [];
  }

  /** Starts a worker. */
  async work({ queue = "", concurrency = 5 } = {}): Promise<void> {
    await this.#ask({ do: "work", queue, concurrency });
  }

  /** Stops the worker as SIGTERM does. Resolves when it has ended. */
  async stop(): Promise<void> {
    await this.#ask({ do: "stop" });
  }

  /** Ends the task `hold`, wherever it is running here, and at once from now on. */
  async release(): Promise<void> {
    await this.#ask({ do: "release" });
  }

  /** Resolves as soon as the worker has begun what is looked for, `times` times; the last of these. */
  async hasBegun(isIt: (one: Begun) => boolean, times = 1): Promise<Begun> {
    for (;;) {
      const found = this.#begun.filter(isIt)[times - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Resolves to what it has logged, as soon as there is what is looked for. */
  async hasLogged(what: RegExp): Promise<string> {
    while (!what.test(this.#log)) await new Promise<void>((resolve) => this.#watchers.add(resolve));
    return this.#log;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  async #sent(command: object): Promise<GoSent> {
    const id = this.#ids + 1;
    const { uuids = [] } = await this.#ask(command);
    return { id, uuids };
  }

  #ask(command: object): Promise<Answer> {
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdin!.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }

  #heard(answer: Answer): void {
    if (answer.event !== undefined) {
      this.#begun.push({ ...answer, at: Date.now() });
      this.#changed();
      return;
    }
    const { resolve, reject } = this.#waiting.get(answer.id!)!;
    this.#waiting.delete(answer.id!);
    if (answer.error === undefined) resolve(answer);
    else reject(new GoError(answer.error));
  }
}

/** An error that Go returned. */
export class GoError extends Error {}
