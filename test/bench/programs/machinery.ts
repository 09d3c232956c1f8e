/** machinery-ts as a program to be measured: `node machinery.js <url> <queue>`. */
import { events, Server, silentLogger, type Worker } from "machinery-ts";
import { dispatcher } from "machinery-ts/gen/v1";
import { definitions } from "../../../generated/definitions.js";
import { senders } from "../../../generated/index.js";
import { add } from "../../../tasks/index.js";
import { inLanes, serve, timed } from "./serve.js";

const [url, queue] = process.argv.slice(2);
const server = await Server.connect({
  broker: url!,
  resultBackend: url!,
  defaultQueue: queue!,
  logger: silentLogger,
  resultsExpireIn: 600,
});
const send = senders(server);
let worker: Worker | undefined;

async function work(slots: number): Promise<void> {
  worker = server.newWorker("bench", { handlers: dispatcher([[definitions.add, add]]), concurrency: slots });
  await worker.start();
}

async function stop(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

await serve({
  send: async ({ count, inFlight }) => ({ ms: await timed(() => inLanes(count, inFlight, (i) => send.add(1n, BigInt(i)))) }),

  sendBulk: async ({ count, batch }) => ({
    ms: await timed(async () => {
      for (let i = 0; i < count; i += batch) {
        await send.add.many(Array.from({ length: Math.min(batch, count - i) }, (_, n): [bigint, bigint] => [1n, BigInt(i + n)]));
      }
    }),
  }),

  /** From the worker's start to the end of the last of `count` tasks. */
  drain: async ({ count, slots }) => {
    let ended = 0;
    let done = (): void => {};
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const count1 = (event: unknown): void => {
      if ((event as { state: string }).state !== "SUCCESS") throw new Error("a task has failed");
      if (++ended === count) done();
    };
    events.taskEnded.subscribe(count1);
    const ms = await timed(async () => {
      await work(slots);
      await all;
    });
    events.taskEnded.unsubscribe(count1);
    await stop();
    const left = await server.getBroker().inspect(queue!);
    if (ended !== count || left.pending + (left.claimed ?? 0) > 0) throw new Error(`${ended} of ${count} tasks have ended`);
    return { ms };
  },

  work: async ({ slots }) => {
    await work(slots);
    return {};
  },

  stop: async () => {
    await stop();
    return {};
  },

  /** Throws away what waits; the results expire by themselves. */
  clear: async () => {
    await server.getBroker().purge(queue!);
    return {};
  },

  /** One task after the other, each awaited. */
  roundTrips: async ({ count }) => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      times.push(
        await timed(async () => {
          const sum = await (await send.add(1n, BigInt(i))).get({ timeoutMs: 10_000 });
          if (sum !== BigInt(i + 1)) throw new Error("a wrong sum");
        }),
      );
    }
    return { times };
  },
});
await stop();
await server.close();
