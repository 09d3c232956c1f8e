import { setTimeout as sleep } from "node:timers/promises";
import { events, Server, type ServerOptions, silentLogger, taskContext } from "machinery-ts";
import { LedgerClient, momentNow } from "./ledger-client.js";

/** What a worker process is told, as JSON in its first argument. */
export interface WorkerOrders {
  readonly tag: string;
  readonly broker: string;
  readonly resultBackend: string;
  readonly amqp: NonNullable<ServerOptions["amqp"]>;
  /** What the sentinels call the master, where the URLs are those of sentinels. */
  readonly masterName?: string | undefined;
  readonly queue: string;
  readonly ledger: string;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly maxCrashes: number;
}

/** Chord members of one chord have numbers that follow each other. */
export type Tasks = "work" | "member" | "callback" | "flaky" | "poison" | "hold";

const orders = JSON.parse(process.argv[2]!) as WorkerOrders;
const ledger = await LedgerClient.connect(orders.ledger);
const { broker, resultBackend, amqp, queue, leaseMs, masterName = "" } = orders;
const server = await Server.connect({
  broker,
  resultBackend,
  amqp,
  defaultQueue: queue,
  leaseMs,
  redis: { masterName },
  logger: silentLogger,
});

/** A run: it starts in the ledger before anything else, and its effect is in the ledger before its result can be anywhere. */
async function run<T>(body: (run: number) => Promise<T>, args?: unknown): Promise<T> {
  const { uuid } = taskContext();
  const number = await ledger.ask<number>({ op: "start", uuid, at: momentNow(), ...(args !== undefined && { args }) });
  try {
    const result = await body(number);
    await ledger.ask({ op: "effect", uuid });
    return result;
  } finally {
    ledger.tell({ op: "end", uuid, at: momentNow() });
  }
}

const handlers = {
  work: (ms: bigint) => run(() => sleep(Number(ms))),
  member: (number: bigint, ms: bigint) => run(() => sleep(Number(ms), number)),
  callback: (...numbers: bigint[]) => run(async () => BigInt(numbers.length), numbers.map(Number)),
  flaky: () =>
    run(async (number) => {
      if (number === 1) throw new Error("not yet");
    }),
  poison: () =>
    run(async () => {
      process.kill(process.pid, "SIGKILL");
    }),
  /** The first run waits until it is told to stop, later ones end at once: the result tells which run it is of. */
  hold: () =>
    run(async (number) => {
      const { uuid, signal } = taskContext();
      if (number === 1 && !signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (signal.aborted) await ledger.ask({ op: "note", uuid, note: "aborted" });
      return BigInt(number);
    }),
} satisfies { [Name in Tasks]: (...args: bigint[]) => Promise<unknown> };

for (const [name, handler] of Object.entries(handlers)) server.registerTask(name, handler);
events.taskEnded.subscribe((message) => ledger.tell({ op: "note", uuid: (message as { uuid: string }).uuid, note: "settled" }));
events.workerStarted.subscribe(() => process.send?.("ready"));
process.on("SIGTERM", () => process.send?.("asked"));

const { concurrency, graceMs, maxCrashes, tag } = orders;
await server.newWorker(tag, { concurrency, graceMs, maxCrashes }).launch();
await server.close();
await ledger.ask({ op: "progress" });
ledger.close();
process.disconnect?.();
