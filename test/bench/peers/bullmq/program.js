/** BullMQ as a program to be measured: `node program.js <redis url> <queue>`; a line of JSON in, a line of JSON out. */
import { createInterface } from "node:readline";
import { Queue, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";

const [url, name] = process.argv.slice(2);
const connection = () => new Redis(url, { maxRetriesPerRequest: null });
const queue = new Queue(name, { connection: connection() });
await queue.waitUntilReady();

let worker;
const sum = async ({ data }) => data.reduce((a, b) => a + b, 0);

async function timed(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

const commands = {
  send: async ({ count, inFlight }) => ({
    ms: await timed(async () => {
      let next = 0;
      const lane = async () => {
        while (next < count) await queue.add("add", [1, next++]);
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
    }),
  }),

  sendBulk: async ({ count, batch }) => ({
    ms: await timed(async () => {
      for (let i = 0; i < count; i += batch) {
        await queue.addBulk(Array.from({ length: Math.min(batch, count - i) }, (_, n) => ({ name: "add", data: [1, i + n] })));
      }
    }),
  }),

  drain: async ({ count, slots }) => {
    let ended = 0;
    let resolve;
    let reject;
    const all = new Promise((yes, no) => {
      resolve = yes;
      reject = no;
    });
    worker = new Worker(name, sum, { connection: connection(), concurrency: slots, autorun: false });
    worker.on("completed", () => {
      if (++ended === count) resolve();
    });
    worker.on("failed", (_, error) => reject(error));
    await worker.waitUntilReady();
    const ms = await timed(async () => {
      worker.run();
      await all;
    });
    await worker.close();
    worker = undefined;
    return { ms };
  },

  work: async ({ slots }) => {
    worker = new Worker(name, sum, { connection: connection(), concurrency: slots });
    await worker.waitUntilReady();
    return {};
  },

  stop: async () => {
    await worker?.close();
    worker = undefined;
    return {};
  },

  clear: async () => {
    await queue.obliterate({ force: true });
    return {};
  },

  roundTrips: async ({ count }) => {
    const events = new QueueEvents(name, { connection: connection() });
    await events.waitUntilReady();
    const times = [];
    for (let i = 0; i < count; i++) {
      times.push(
        await timed(async () => {
          const job = await queue.add("add", [1, i]);
          if ((await job.waitUntilFinished(events, 10_000)) !== i + 1) throw new Error("a wrong sum");
        }),
      );
    }
    await events.close();
    return { times };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = await commands[command](request);
  } catch (error) {
    answer = { error: error.stack };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
