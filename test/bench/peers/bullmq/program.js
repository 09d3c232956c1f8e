/** BullMQ as a program to be measured: `node program.js <redis url> <queue>`; a line of JSON in, a line of JSON out. */
import { createInterface } from "node:readline";
import { FlowProducer, Queue, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";

const [url, name] = process.argv.slice(2);
const connection = () => new Redis(url, { maxRetriesPerRequest: null });
const queue = new Queue(name, { connection: connection() });
await queue.waitUntilReady();

const events = new QueueEvents(name, { connection: connection() });
await events.waitUntilReady();
// Each job that is waited for adds some.
for (const emitter of [queue, events]) emitter.setMaxListeners(0);
const flows = new FlowProducer({ connection: connection() });

let worker;
const runs = new Uint8Array(1 << 17);
let sent = [];
let ended = 0;
let lastAt = 0;

/** `add` keeps account by its second term, the task's number; a parent's terms are what its children returned. */
const handlers = {
  add: ({ data: [one, i] }) => {
    runs[i]++;
    return one + i;
  },
  echo: ({ data }) => data,
  sum: async (job) => Object.values(await job.getChildrenValues()).reduce((a, b) => a + b, 0),
  link: async (job) => {
    const [before] = Object.values(await job.getChildrenValues());
    runs[before]++;
    return before + 1;
  },
};
const handle = async (job) => handlers[job.name](job);

/** @param sandbox what runs on a thread of its own, instead of the handlers above */
function startWorker(slots, sandbox) {
  ended = 0;
  const options = { connection: connection(), concurrency: slots, autorun: false, useWorkerThreads: true };
  worker = new Worker(name, sandbox ?? handle, options);
  worker.on("completed", () => {
    ended++;
    lastAt = Date.now();
  });
}

/** Resolves when the worker has ended so many tasks. */
function untilEnded(count) {
  return new Promise((resolve, reject) => {
    worker.on("completed", () => {
      if (ended === count) resolve();
    });
    worker.on("failed", (_, error) => reject(error));
  });
}

async function inLanes(count, inFlight, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function resultOf(job, right) {
  const result = await job.waitUntilFinished(events, 60_000);
  if (result !== right) throw new Error(`the result is ${result}, and should be ${right}`);
}

const roundTrip = async (i) => resultOf(await queue.add("add", [1, i]), i + 1);

async function timed(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

const commands = {
  send: async ({ count, inFlight }) => {
    const jobs = [];
    const ms = await timed(() =>
      inLanes(count, inFlight, async (i) => {
        jobs[i] = await queue.add("add", [1, i]);
      }),
    );
    sent = jobs.map(({ id }) => id);
    return { ms };
  },

  sendBulk: async ({ count, batch }) => {
    sent = [];
    const ms = await timed(async () => {
      for (let i = 0; i < count; i += batch) {
        const some = Array.from({ length: Math.min(batch, count - i) }, (_, n) => ({ name: "add", data: [1, i + n] }));
        for (const { id } of await queue.addBulk(some)) sent.push(id);
      }
    });
    return { ms };
  },

  queued: async () => ({ count: await queue.getWaitingCount() }),

  drain: async ({ count, slots }) => {
    startWorker(slots);
    await worker.waitUntilReady();
    const ms = await timed(async () => {
      const all = untilEnded(count);
      worker.run();
      await all;
    });
    await worker.close();
    worker = undefined;
    return { ms };
  },

  work: async ({ slots }) => {
    startWorker(slots);
    worker.run();
    await worker.waitUntilReady();
    return {};
  },

  stop: async () => {
    await worker?.close();
    worker = undefined;
    return {};
  },

  ended: async () => ({ ended, lastAt }),

  ran: async ({ count }) => {
    const ran = Buffer.from(runs.subarray(0, count)).toString("base64");
    runs.fill(0);
    return { ran };
  },

  results: async ({ count }) => {
    let right = 0;
    await inLanes(count, 500, async (i) => {
      const job = await queue.getJob(sent[i]);
      if ((await job.isCompleted()) && job.returnvalue === i + 1) right++;
    });
    return { count: right };
  },

  clear: async () => {
    await queue.obliterate({ force: true });
    return {};
  },

  roundTrips: async ({ count }) => {
    const times = [];
    for (let i = 0; i < count; i++) times.push(await timed(() => roundTrip(i)));
    return { times };
  },

  flights: async ({ count, inFlight }) => ({ ms: await timed(() => inLanes(count, inFlight, roundTrip)) }),

  /** Its way to say it: a parent, which runs when its children have ended. */
  chord: async ({ size }) => {
    const children = Array.from({ length: size }, (_, i) => ({ name: "add", queueName: name, data: [1, i] }));
    const right = size + (size * (size - 1)) / 2;
    return {
      ms: await timed(async () => resultOf((await flows.add({ name: "sum", queueName: name, data: [], children })).job, right)),
    };
  },

  chain: async ({ length }) => {
    let flow = { name: "add", queueName: name, data: [1, 0] };
    for (let i = 1; i < length; i++) flow = { name: "link", queueName: name, data: [], children: [flow] };
    return { ms: await timed(async () => resultOf((await flows.add(flow)).job, length)) };
  },

  delayed: async ({ count, delayMs }) => {
    const due = Date.now() + delayMs;
    const jobs = [];
    await inLanes(count, 500, async (i) => {
      jobs[i] = await queue.add("add", [1, i], { delay: due - Date.now() });
    });
    const isLate = Date.now() > due;
    await Promise.all(jobs.map((job, i) => resultOf(job, i + 1)));
    return { ms: Date.now() - due, isLate };
  },

  sendPrimes: async ({ count, limit }) => {
    sent = [];
    const jobs = Array.from({ length: count }, () => ({ name: "primes", data: limit }));
    for (const { id } of await queue.addBulk(jobs)) sent.push(id);
    return {};
  },

  /** On its sandboxes: as many threads as tasks at once. */
  drainPrimes: async ({ count, warmUp, threads }) => {
    startWorker(threads, new URL("./primes.js", import.meta.url));
    const warm = untilEnded(warmUp);
    worker.run();
    await warm;
    const ms = await timed(() => untilEnded(warmUp + count));
    await worker.close();
    worker = undefined;
    return { ms };
  },

  primes: async ({ count, primes }) => {
    let right = 0;
    await inLanes(count, 500, async (i) => {
      const job = await queue.getJob(sent[i]);
      if ((await job.isCompleted()) && job.returnvalue === primes) right++;
    });
    return { count: right };
  },

  echoes: async ({ count, inFlight, bytes }) => {
    const text = "x".repeat(bytes);
    return { ms: await timed(() => inLanes(count, inFlight, async () => resultOf(await queue.add("echo", text), text))) };
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
