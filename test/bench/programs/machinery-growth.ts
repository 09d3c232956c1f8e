/** machinery-ts as a program to be measured while something about it grows: `node machinery-growth.js <broker> <result backend> <queue>`. */
import { events, Server, silentLogger, type Worker } from "machinery-ts";
import { dispatcher, sender, type Validator } from "machinery-ts/gen/v1";
import { definitions } from "../../../generated/definitions.js";
import { senders, tasks } from "../../../generated/index.js";
import { add } from "../../../tasks/index.js";
import { inLanes, serve, timed } from "./serve.js";

const [broker, resultBackend, queue] = process.argv.slice(2) as [string, string, string];
const server = await Server.connect({ broker, resultBackend, defaultQueue: queue, logger: silentLogger, resultsExpireIn: 600 });
const send = senders(server);
let worker: Worker | undefined;

let ended = 0;
let whenEnded = (): void => {};
events.taskEnded.subscribe(() => {
  ended++;
  whenEnded();
});

/** The same task under as many names. */
const typeOf = (i: number) => ({ ...definitions.add, name: `add_${i}`, validate: validateAdd });

/** Generated validators know their task's name. */
const validateAdd: Validator = (message) => {
  const isValid = definitions.add.validate({ ...(message as object), Name: "add" });
  validateAdd.errors = definitions.add.validate.errors ?? null;
  return isValid;
};
let typed: ((...terms: bigint[]) => Promise<{ get(): Promise<bigint> }>)[] = [];

await serve({
  /** `fill {count}`: sends so many tasks, and forgets them. */
  fill: async ({ count }) => {
    for (let i = 0; i < count; i += 1_000) {
      await send.add.many(Array.from({ length: Math.min(1_000, count - i) }, (_, n): [bigint, bigint] => [1n, BigInt(i + n)]));
    }
    return {};
  },

  /** `drainSome {count, slots}`: runs so many tasks of the queue, and leaves the others; `{ms, ended, rss}`. */
  drainSome: async ({ count, slots }) => {
    ended = 0;
    const enough = new Promise<void>((resolve) => {
      whenEnded = () => {
        if (ended === count) resolve();
      };
    });
    worker = server.newWorker("bench", { handlers: dispatcher([[definitions.add, add]]), concurrency: slots });
    const ms = await timed(async () => {
      await worker!.start();
      await enough;
    });
    const { rss } = process.memoryUsage();
    await worker.stop();
    return { ms, ended, rss };
  },

  /** `work {slots, types}`: a worker that knows so many tasks. */
  work: async ({ slots, types }) => {
    await worker?.stop();
    const entries = Array.from({ length: types }, (_, i) => [typeOf(i), add] as const);
    worker = server.newWorker("bench", { handlers: dispatcher(entries), concurrency: slots });
    await worker.start();
    return {};
  },

  /** `flights {count, inFlight, types}`: round trips of tasks of as many types, in turn; `{ms}`. */
  flights: async ({ count, inFlight, types }) => {
    typed = Array.from({ length: types }, (_, i) => sender(server, typeOf(i)));
    const trip = async (i: number): Promise<void> => {
      const sum = await (await typed[i % types]!(1n, BigInt(i))).get();
      if (sum !== BigInt(i + 1)) throw new Error(`add(1, ${i}) gave ${sum}`);
    };
    return { ms: await timed(() => inLanes(count, inFlight, trip)) };
  },

  /** `wait {count}`: waits for the results of so many more tasks, which nobody runs; until the end. */
  wait: async ({ count }) => {
    const idle = `${queue}_idle`;
    await inLanes(count, 500, async (i) => {
      const result = await server.sendTask(tasks.add(1n, BigInt(i)).with({ queue: idle }));
      result.get().catch(() => {});
    });
    return {};
  },

  /** Throws away what is queued. */
  clear: async () => {
    for (const each of [queue, `${queue}_idle`]) await server.getBroker().purge(each);
    return {};
  },
});
await worker?.stop();
await server.close();
