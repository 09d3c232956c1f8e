import { openMemoryBackend } from "../../backends/memory.js";
import type { Settlement } from "../../brokers/broker.js";
import { openMemoryBroker } from "../../brokers/memory.js";
import { MachineryError } from "../../errors.js";
import type { Dispatch, DispatchEntry } from "../../gen/v1/dispatcher.js";
import { type Logger, silentLogger } from "../../logger.js";
import type { TaskState } from "../../results/task-state.js";
import { Server } from "../../server/server.js";
import { ManualClock, systemClock } from "../../util/clock.js";
import { RecordingBroker } from "./recording-broker.js";
import { readSent, type SentTask, type Task, taskDefinition, taskOf } from "./sent-task.js";

export interface TestAppOptions {
  /** What `drain` runs: `dispatch(handlers)` of generated code. Tasks on threads run on the event loop here. Default: nothing. */
  readonly handlers?: Dispatch;
  /** Where the app's clock starts. Default: the beginning of 2026. */
  readonly now?: Date;
  /** Default: none, so that tests are quiet. */
  readonly logger?: Logger;
}

export interface DrainOptions {
  /** Whether failed tasks are returned, rather than thrown. Default false. */
  readonly allowFailures?: boolean;
  /** How long the handlers may take, in milliseconds of real time. Default 10,000. */
  readonly timeoutMs?: number;
}

/** A task that has ended. */
export interface EndedTask {
  readonly uuid: string;
  readonly name: string;
  readonly state: TaskState["state"];
  /** The error's text, of one that failed. */
  readonly error?: string;
}

/** Seconds: results outlive whatever a test lets pass. */
const resultsExpireIn = 2 ** 31 - 1;

let apps = 0;

/**
 * An application in memory, for tests: a server whose messages can be looked at, the handlers, and a clock that stands still. Nothing
 * runs until `drain` is called. It needs no test framework, and apps know nothing of each other.
 */
export class TestApp {
  /** To send with: `senders(app.server)`, `app.server.sendChain(…)`. */
  readonly server: Server;
  /** What the app lives by; `drain` moves it to what is due next, and so may a test: `app.clock.advance(60_000)`. */
  readonly clock: ManualClock;
  readonly #broker: RecordingBroker;
  readonly #handlers: Dispatch;
  #forgotten = 0;
  #draining = false;

  private constructor(server: Server, clock: ManualClock, broker: RecordingBroker, handlers: Dispatch) {
    this.server = server;
    this.clock = clock;
    this.#broker = broker;
    this.#handlers = handlers;
  }

  static async start({ handlers = new Map(), now, logger = silentLogger }: TestAppOptions = {}): Promise<TestApp> {
    const clock = new ManualClock(now?.getTime());
    const name = `test-app-${++apps}`;
    const broker = new RecordingBroker(openMemoryBroker({ name, clock }));
    const server = await Server.over(broker, openMemoryBackend({ name, clock }), { clock, logger, resultsExpireIn });
    return new TestApp(server, clock, broker, new Map([...handlers].map(([task, entry]) => [task, inline(entry)])));
  }

  /**
   * What has been sent of a task, in order: by senders, in workflows, and as what follows other tasks.
   *
   * @param task `tasks.add`
   */
  sent<T extends Task>(task: T): SentTask<T>[] {
    const definition = taskDefinition(task);
    const ofTask = this.#broker.published.slice(this.#forgotten).filter(({ body }) => taskOf(body).name === definition.name);
    return ofTask.map((message) => readSent<T>(this.server, definition, message));
  }

  /** Has `sent` begin anew; what waits in queues stays there. */
  forget(): void {
    this.#forgotten = this.#broker.published.length;
  }

  /**
   * Runs what was sent, what follows it, retries and what is delayed, until nothing is left. While there is something to run the clock
   * stands still; then it moves to what is due next, at once.
   *
   * @returns what has ended, in order
   * @throws MachineryError `ERR_DRAIN` for tasks that failed (unless they are allowed to), that no handler is there for, that were put
   * aside, or that do not end in time
   */
  async drain({ allowFailures = false, timeoutMs = 10_000 }: DrainOptions = {}): Promise<EndedTask[]> {
    if (this.#draining)
      throw new MachineryError("ERR_DRAIN", "the app is being drained already.", { hint: "Await the first drain." });
    this.#draining = true;
    const timeout = new AbortController();
    const timer = systemClock.after(timeoutMs, () => timeout.abort(), true);
    const ended: EndedTask[] = [];
    try {
      for (;;) {
        const from = this.#broker.settled.length;
        await this.#run(timeout.signal, timeoutMs);
        const settled = this.#broker.settled.slice(from);
        this.#mustHaveRun(settled);
        ended.push(...(await this.#ended(settled)));
        const due = await this.#nextDue();
        if (due === undefined) break;
        await this.clock.advance(Math.max(due - this.clock.now(), 0));
      }
      const failed = ended.filter(({ state }) => state === "FAILURE");
      if (failed.length > 0 && !allowFailures) throw failure(failed);
      return ended;
    } finally {
      timer.cancel();
      this.#draining = false;
    }
  }

  /** Closes the server; what still waits is gone. Idempotent. */
  close(): Promise<void> {
    return this.server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Runs all that is due, with workers that live no longer than that: a clock that moves on finds no leases to renew. */
  async #run(signal: AbortSignal, timeoutMs: number): Promise<void> {
    for (let queues = await this.#pending(); queues.length > 0; queues = await this.#pending()) {
      const worker = this.server.newWorker("test", { handlers: this.#handlers, queues });
      try {
        let next = this.#broker.nextSettled(signal);
        await worker.start();
        while (!(await this.#isIdle(queues))) {
          if (!(await next)) throw await this.#stuck(queues, timeoutMs);
          next = this.#broker.nextSettled(signal);
        }
      } finally {
        await worker.stop({ graceMs: 0 });
      }
    }
  }

  async #pending(): Promise<string[]> {
    const { queues } = this.#broker;
    const infos = await Promise.all(queues.map((queue) => this.#broker.inspect(queue)));
    return queues.filter((_, i) => infos[i]!.pending > 0);
  }

  async #isIdle(queues: readonly string[]): Promise<boolean> {
    const infos = await Promise.all(queues.map((queue) => this.#broker.inspect(queue)));
    return infos.every(({ pending, claimed }) => pending === 0 && claimed === 0);
  }

  /** When the next delayed message falls due. */
  async #nextDue(): Promise<number | undefined> {
    const next = await Promise.all(this.#broker.queues.map((queue) => this.#broker.peek(queue, "delayed", 1)));
    const dues = next.flatMap(([first]) => first?.notBefore ?? []);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  #mustHaveRun(settled: readonly Settlement[]): void {
    const unknown = new Set<string>();
    for (const settlement of settled) {
      if (settlement.as === "dead") {
        throw new MachineryError("ERR_DRAIN", `a message was put aside: ${settlement.reason}`, {
          hint: "It stays among the dead letters of its queue.",
        });
      }
      if (settlement.as !== "delay") continue;
      const { name } = taskOf(settlement.delivery.body);
      if (!this.#handlers.has(name) && !this.server.isTaskRegistered(name)) unknown.add(name);
    }
    if (unknown.size === 0) return;
    throw new MachineryError("ERR_DRAIN", `there is no handler for ${[...unknown].join(", ")}.`, {
      hint: "Give one to TestApp.start: { handlers: dispatch(handlers) }.",
    });
  }

  /** The error for what runs, or waits, when the time is up. */
  async #stuck(queues: readonly string[], timeoutMs: number): Promise<MachineryError> {
    const waiting = await Promise.all(queues.map((queue) => this.#broker.peek(queue, "pending", 10)));
    // What was taken meanwhile is in both.
    const tasks = new Set([...this.#broker.claimed, ...waiting.flat()].map(({ body }) => describe(taskOf(body))));
    return new MachineryError("ERR_DRAIN", `within ${timeoutMs} ms these have not ended: ${[...tasks].slice(0, 10).join(", ")}.`, {
      hint: "Time-outs go by the app's clock, which stands still meanwhile: app.clock.advance(ms).",
    });
  }

  async #ended(settled: readonly Settlement[]): Promise<EndedTask[]> {
    const acked = settled.filter(({ as }) => as === "ack");
    return Promise.all(
      acked.map(async ({ delivery }) => {
        const { name, uuid } = taskOf(delivery.body);
        const { state, error } = await this.server.asyncResult(uuid).getState();
        return { uuid, name, state, ...(state === "FAILURE" && { error: error ?? "" }) };
      }),
    );
  }
}

/** A test has no threads: handlers run where a debugger and a fake find them. Nor do results go while the clock moves on. */
function inline({ definition, handler }: DispatchEntry): DispatchEntry {
  const { resultTtlMs: _, ...policy } = definition.policy;
  return { definition: { ...definition, policy: { ...policy, run: "inline" } }, handler };
}

function failure(failed: readonly EndedTask[]): MachineryError {
  const lines = failed.slice(0, 10).map((task) => `\n  ${describe(task)}: ${task.error}`);
  const more = failed.length > lines.length ? `\n  and ${failed.length - lines.length} more` : "";
  const count = failed.length === 1 ? "a task has" : `${failed.length} tasks have`;
  return new MachineryError("ERR_DRAIN", `${count} failed:${lines.join("")}${more}\n`, {
    hint: "Where that is what the test is about: drain({ allowFailures: true }).",
  });
}

function describe({ name, uuid }: { readonly name: string; readonly uuid: string }): string {
  return `${name} (${uuid})`;
}
