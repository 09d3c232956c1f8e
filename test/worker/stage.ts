import type { Channel } from "node:diagnostics_channel";
import type { ExecutionContext } from "ava";
import { type Logger, Server, type ServerOptions, silentLogger, type Worker, type WorkerOptions } from "machinery-ts";
import { senders } from "../../generated/index.js";
import type { Backend } from "../../src/backends/backend.js";
import { openMemoryBackend } from "../../src/backends/memory.js";
import type { Broker } from "../../src/brokers/broker.js";
import { openMemoryBroker } from "../../src/brokers/memory.js";
import * as handlers from "../../tasks/index.js";
import { dispatch } from "./tutorial.js";

/** A server on a memory of its own, and that memory's broker and result backend as an adapter's author sees them. */
export interface Stage {
  readonly name: string;
  readonly server: Server;
  readonly send: ReturnType<typeof senders>;
  readonly broker: Broker;
  readonly backend: Backend;
  readonly queue: string;
  /** Starts a worker on the tutorial's tasks, unless `options.handlers` says otherwise. */
  work(options?: WorkerOptions): Promise<Worker>;
  /** Puts a text on the default queue, as any program could. */
  publish(text: string | Uint8Array, queue?: string): Promise<void>;
}

let stages = 0;

/** Everything is closed after the test. */
export async function stage(t: ExecutionContext, options: ServerOptions = {}): Promise<Stage> {
  const name = `${process.pid}-${++stages}`;
  const url = `memory:${name}`;
  const server = await Server.connect({ broker: url, resultBackend: url, defaultQueue: "vec", logger: silentLogger, ...options });
  const clock = options.clock === undefined ? {} : { clock: options.clock };
  const broker = openMemoryBroker({ name, ...clock });
  const backend = openMemoryBackend({ name, ...clock });
  t.teardown(async () => {
    await Promise.all([...workers].map((worker) => worker.stop({ graceMs: 0 })));
    await server.close();
    await broker.close();
    await backend.close();
  });
  const workers = new Set<Worker>();
  let tags = 0;
  return {
    name,
    server,
    send: senders(server),
    broker,
    backend,
    queue: "vec",
    async work(workerOptions = {}) {
      const worker = server.newWorker(`w${++tags}`, { handlers: dispatch(handlers), ...workerOptions });
      workers.add(worker);
      await worker.start();
      return worker;
    },
    async publish(text, queue = "vec") {
      const body = typeof text === "string" ? Buffer.from(text) : text;
      const [outcome] = await broker.publish([{ id: "raw", queue, body }]);
      if (outcome?.status !== "ok") throw new Error("not published");
    },
  };
}

/** An event's fields; `src/events.ts` says which. */
export type Event = Record<string, any>;

/** The first event that matches, from now on. */
export function heard(channel: Channel, matches: (event: Event) => boolean): Promise<Event> {
  return new Promise((resolve) => {
    const listener = (event: unknown): void => {
      if (!matches(event as Event)) return;
      channel.unsubscribe(listener);
      resolve(event as Event);
    };
    channel.subscribe(listener);
  });
}

/** A promise and its handles. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

export interface Line {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A logger that a user might bring; it keeps its lines. */
export function keepingLogger(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const make = (bound: Record<string, unknown>): Logger => {
    const method = (level: string) => (first: object | string, message?: string) => {
      if (typeof first === "string") lines.push({ level, fields: bound, message: first });
      else lines.push({ level, fields: { ...bound, ...first }, message: message ?? "" });
    };
    return {
      debug: method("debug"),
      info: method("info"),
      warn: method("warn"),
      error: method("error"),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return { logger: make({}), lines };
}
