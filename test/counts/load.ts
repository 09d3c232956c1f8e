import type { ExecutionContext } from "ava";
import { type AsyncResult, events, Server, silentLogger } from "machinery-ts";
import { dispatcher } from "machinery-ts/gen/v1";
import { definitions } from "../../generated/definitions.js";
import { senders } from "../../generated/index.js";
import { add } from "../../tasks/index.js";
import { namespace } from "../services/namespace.js";
import { type Counts, type Meter, perTask } from "./meter.js";

const ROUNDS = 20;
const BATCH = 100;
/** From Redis a worker takes half of them at a time. */
const SLOTS = 2 * BATCH;

/** What a task may cost: what it does now, with some room where heartbeats and chance have a part. */
export type Budget = Cost;

/** Fails where a task costs more than it may. */
export function keepTo(t: ExecutionContext, budget: Budget, cost: Cost): void {
  for (const kind of ["single", "batched"] as const) {
    for (const [what, most] of Object.entries(budget[kind])) {
      const is = cost[kind][what as keyof Counts];
      t.true(is <= most, `a ${kind} task costs ${is} ${what}, and may cost ${most}`);
    }
  }
}

/** What a task costs, sending, running and waiting taken together. */
export interface Cost {
  /** Sent alone, and awaited, before the next one. */
  readonly single: Counts;
  /** Sent with 99 others. */
  readonly batched: Counts;
}

/** Sends tasks, alone and in batches, to a worker of the same process. */
export async function costOf(t: ExecutionContext, urls: { broker: string; resultBackend: string }, meter: Meter): Promise<Cost> {
  const server = await Server.connect({ ...urls, defaultQueue: namespace(t), logger: silentLogger, resultsExpireIn: 60 });
  t.teardown(() => server.close());
  const send = senders(server);
  await server.newWorker("counted", { handlers: dispatcher([[definitions.add, add]]), concurrency: SLOTS }).start();

  const round = async (size: number): Promise<void> => {
    let left = size;
    const ended = new Promise<void>((resolve) => {
      const count = (): void => {
        if (--left > 0) return;
        events.taskEnded.unsubscribe(count);
        resolve();
      };
      events.taskEnded.subscribe(count);
    });
    const calls = Array.from({ length: size }, (_, i): [bigint, bigint] => [1n, BigInt(i)]);
    const results: AsyncResult<bigint>[] = await send.add.many(calls);
    const sums = await Promise.all(results.map((result) => result.get({ timeoutMs: 30_000 })));
    t.deepEqual(
      sums,
      calls.map(([a, b]) => a + b),
    );
    await ended;
  };

  const measure = async (size: number): Promise<Counts> => {
    // What is done once only.
    for (let i = 0; i < 3; i++) await round(size);
    const before = meter.read();
    for (let i = 0; i < ROUNDS; i++) await round(size);
    return perTask(before, meter.read(), ROUNDS * size);
  };
  return { single: await measure(1), batched: await measure(BATCH) };
}
