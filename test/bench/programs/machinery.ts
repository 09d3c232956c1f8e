/** machinery-ts as a program to be measured: `node machinery.js <broker> <result backend> <queue>`. */
import {
  type AsyncResult,
  type Chain,
  chain,
  chord,
  events,
  group,
  type Item,
  Server,
  silentLogger,
  type Worker,
} from "machinery-ts";
import { dispatcher } from "machinery-ts/gen/v1";
import { definitions } from "../../../generated/definitions.js";
import { senders, tasks } from "../../../generated/index.js";
import { add, concat, count_primes } from "../../../tasks/index.js";
import { inLanes, Runs, serve, timed } from "./serve.js";

const [broker, resultBackend, queue] = process.argv.slice(2) as [string, string, string];
const server = await Server.connect({ broker, resultBackend, defaultQueue: queue, logger: silentLogger, resultsExpireIn: 600 });
const send = senders(server);
const runs = new Runs();
let sent: AsyncResult<bigint>[] = [];
let primes: AsyncResult<number>[] = [];
let worker: Worker | undefined;

const generated = (module: string): URL => new URL(`../../../generated/${module}.js`, import.meta.url);

/** `add` that keeps account: the second of two terms is the task's number. */
function counted(...terms: bigint[]): bigint | Promise<bigint> {
  if (terms.length === 2) runs.add(Number(terms[1]));
  return add(...terms);
}

async function work(slots: number): Promise<void> {
  const handlers = dispatcher([
    [definitions.add, counted],
    [definitions.concat, concat],
  ]);
  worker = server.newWorker("bench", { handlers, concurrency: slots });
  await worker.start();
}

let ended = 0;
let lastAt = 0;
let whenEnded = (): void => {};
events.taskEnded.subscribe(() => {
  ended++;
  lastAt = Date.now();
  whenEnded();
});

async function stop(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

/** Resolves when the worker has ended so many tasks. */
function untilEnded(count: number): Promise<void> {
  return new Promise((resolve) => {
    whenEnded = () => {
      if (ended === count) resolve();
    };
  });
}

/** The result of a task is looked at: a rate of wrong answers is no rate. */
async function sumOf(result: AsyncResult<bigint>, right: bigint): Promise<void> {
  const sum = await result.get({ timeoutMs: 60_000 });
  if (sum !== right) throw new Error(`the sum is ${sum}, and should be ${right}`);
}

const roundTrip = async (i: number): Promise<void> => sumOf(await send.add(1n, BigInt(i)), BigInt(i + 1));

await serve({
  send: async ({ count, inFlight }) => {
    const results: AsyncResult<bigint>[] = [];
    const ms = await timed(() => inLanes(count, inFlight, async (i) => (results[i] = await send.add(1n, BigInt(i)))));
    sent = results;
    return { ms };
  },

  sendBulk: async ({ count, batch }) => {
    sent = [];
    const ms = await timed(async () => {
      for (let i = 0; i < count; i += batch) {
        const some = Array.from({ length: Math.min(batch, count - i) }, (_, n): [bigint, bigint] => [1n, BigInt(i + n)]);
        sent.push(...(await send.add.many(some)));
      }
    });
    return { ms };
  },

  queued: async () => ({ count: (await server.getBroker().inspect(queue)).pending }),

  /** From the worker's start to the end of the last of `count` tasks. */
  drain: async ({ count, slots }) => {
    ended = 0;
    const ms = await timed(async () => {
      const all = untilEnded(count);
      await work(slots);
      await all;
    });
    await stop();
    const left = await server.getBroker().inspect(queue);
    if (ended !== count || left.pending + (left.claimed ?? 0) > 0) throw new Error(`${ended} of ${count} tasks have ended`);
    return { ms };
  },

  work: async ({ slots }) => {
    ended = 0;
    await work(slots);
    return {};
  },

  stop: async () => {
    await stop();
    return {};
  },

  ended: async () => ({ ended, lastAt }),

  ran: async ({ count }) => ({ ran: runs.take(count) }),

  results: async ({ count }) => {
    await inLanes(count, 500, (i) => sumOf(sent[i]!, BigInt(i + 1)));
    return { count };
  },

  roundTrips: async ({ count }) => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) times.push(await timed(() => roundTrip(i)));
    return { times };
  },

  flights: async ({ count, inFlight }) => ({ ms: await timed(() => inLanes(count, inFlight, roundTrip)) }),

  chord: async ({ size }) => {
    const members = Array.from({ length: size }, (_, i) => tasks.add(1n, BigInt(i)));
    const right = BigInt(size + (size * (size - 1)) / 2);
    return { ms: await timed(async () => sumOf(await server.sendChord(chord(group(...members), tasks.add())), right)) };
  },

  chain: async ({ length }) => {
    const links = Array.from({ length }, (_, i) => (i === 0 ? tasks.add(1n, 0n) : tasks.add(1n)));
    // One of so many is more than the compiler wants to check.
    const item = (chain as unknown as (...items: readonly Item[]) => Chain<any, any>)(...links);
    return { ms: await timed(async () => sumOf(await server.sendChain(item as never), BigInt(length))) };
  },

  delayed: async ({ count, delayMs }) => {
    const due = new Date(Date.now() + delayMs);
    const results: AsyncResult<bigint>[] = [];
    await inLanes(count, 500, async (i) => (results[i] = await server.sendTask(tasks.add(1n, BigInt(i)).with({ eta: due }))));
    const isLate = Date.now() > due.getTime();
    await inLanes(count, count, (i) => sumOf(results[i]!, BigInt(i + 1)));
    return { ms: Date.now() - due.getTime(), isLate };
  },

  echoes: async ({ count, inFlight, bytes }) => {
    const text = "x".repeat(bytes);
    const echo = async (): Promise<void> => {
      if ((await (await send.concat([text])).get({ timeoutMs: 60_000 })) !== text) throw new Error("another text came back");
    };
    return { ms: await timed(() => inLanes(count, inFlight, echo)) };
  },

  sendPrimes: async ({ count, limit }) => {
    primes = await send.count_primes.many(Array.from({ length: count }, (): [number] => [limit]));
    return {};
  },

  drainPrimes: async ({ count, warmUp, threads }) => {
    const modules = { dispatch: generated("index"), handlers: generated("../tasks/index"), size: threads };
    worker = server.newWorker("bench", {
      handlers: dispatcher([[definitions.count_primes, count_primes]]),
      threads: modules,
      concurrency: 4 * threads,
    });
    ended = 0;
    const warm = untilEnded(warmUp);
    await worker.start();
    await warm;
    const ms = await timed(() => untilEnded(warmUp + count));
    await stop();
    return { ms };
  },

  primes: async ({ count, primes: right }) => {
    for (const result of primes) {
      const found = await result.get({ timeoutMs: 60_000 });
      if (found !== right) throw new Error(`${found} primes, not ${right}`);
    }
    return { count };
  },

  /** The results expire by themselves. */
  clear: async () => {
    await server.getBroker().purge(queue);
    return {};
  },
});
await stop();
await server.close();
