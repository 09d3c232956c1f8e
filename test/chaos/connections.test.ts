import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { type AsyncResult, MachineryError, Server, type ServerOptions, signature, silentLogger } from "machinery-ts";
import { namespace } from "../services/namespace.js";
import { type Direction, FaultProxy } from "../services/proxy.js";
import { service } from "../services/service.js";
import { amount, productsOf, tellFigure } from "./figures.js";
import { holdWithin } from "./percentiles.js";
import { count, howToRepeat, randomOf } from "./profile.js";

const redis = await service("redis");
const rabbitmq = await service("rabbitmq");
const mongodb = await service("mongodb");
const memcached = await service("memcached");

const file = "test/chaos/connections.test.ts";
/** How long anything may take before it counts as hanging, in milliseconds. */
const patienceMs = 60_000;
/** How soon a task gets through and has run, once connections can be made again, in milliseconds. */
const comebackMs = 6_000;
const burst = 10;

const longTitle = (client: string) => `${client}: connections that are slow, split, corrupted, cut, held or refused`;

const subjects = [
  { client: "redis", ...redis, options: (url: string): ServerOptions => ({ broker: url, resultBackend: url }) },
  {
    client: "amqp",
    ...rabbitmq,
    options: (url: string): ServerOptions => ({
      broker: url.replace(/\/?$/, "/?heartbeat=1"),
      resultBackend: `memory:${randomUUID()}`,
    }),
  },
  {
    client: "mongodb",
    ...mongodb,
    options: (url: string): ServerOptions => ({
      broker: `memory:${randomUUID()}`,
      resultBackend: url,
    }),
  },
  {
    client: "memcache",
    ...memcached,
    options: (url: string): ServerOptions => ({ broker: `memory:${randomUUID()}`, resultBackend: url }),
  },
];

for (const { client, test, url, options } of subjects) {
  test.serial(longTitle(client), async (t) => {
    t.timeout(count(4, 40) * 60_000);
    t.log(howToRepeat(file, longTitle(client)));
    const random = randomOf(client);
    const proxy = await FaultProxy.start(t, url);
    const world = await connect(t, options(proxy.url));
    const direction = (): Direction => random.of(["requests", "replies"]);
    /** What is done to connections, and whether what goes through them is still what was sent. */
    const harms: readonly (readonly [name: string, keepsBytes: boolean, harm: () => void])[] = [
      ["split", true, () => proxy.split()],
      ["slow", true, () => proxy.slow(20_000)],
      ["late", true, () => proxy.delay(random.whole(5, 30))],
      ["cut by RST", true, () => proxy.cut("RST")],
      ["cut by FIN", true, () => proxy.cut("FIN")],
      ["dropped in the middle", true, () => proxy.dropAfter(random.whole(1, 2_000), direction())],
      [
        "dropped at the start",
        true,
        () => {
          proxy.cut("RST");
          proxy.dropAfter(random.whole(1, 300), direction());
        },
      ],
      ["corrupted", false, () => proxy.corrupt(random.whole(0, 2_000), direction())],
      ["held", true, () => proxy.blackHole()],
      [
        "refused",
        true,
        () => {
          proxy.refuse();
          proxy.cut("RST");
        },
      ],
    ];
    const comebacks: number[] = [];
    const told = { sent: 0, refused: 0, ended: 0, unended: 0 };
    const rounds = count(1, 10);
    for (let round = 0; round < rounds; round++) {
      for (const [name, keepsBytes, harm] of harms) {
        harm();
        const sending = Array.from({ length: burst }, () => world.send());
        await sleep(random.whole(50, 300));
        await proxy.pass();
        // Where bytes were changed, what stands between may still be confused: only after that.
        const back = keepsBytes ? world.isBack() : undefined;
        const sent = await endsSoon(t, `${name}: a send`, Promise.all(sending));
        const results = sent.filter((result) => result !== undefined);
        told.sent += results.length;
        told.refused += burst - results.length;
        const ends = await endsSoon(
          t,
          `${name}: a task`,
          Promise.all(results.map((result) => ended(result, keepsBytes ? patienceMs : 2_000))),
        );
        const unended = ends.filter((end) => !end).length;
        told.ended += results.length - unended;
        told.unended += unended;
        if (keepsBytes) t.is(unended, 0, `${name}: tasks that were sent, and have not ended`);
        // Whatever it was, it is over.
        const afterMs = await endsSoon(t, `${name}: a task afterwards`, back ?? world.isBack());
        t.not(afterMs, undefined, `${name}: it goes on`);
        if (keepsBytes) comebacks.push(afterMs!);
      }
    }
    t.log(JSON.stringify(told));
    holdWithin(t, `a task is sent and has run again, ${productsOf(client)}`, comebacks, comebackMs);
    tellFigure(t, {
      what: `F11, ${productsOf(client)}`,
      much: `${rounds} rounds of ${harms.length} harms, ${amount(told.sent)} tasks confirmed`,
      lost: 0,
      other: `${amount(told.refused)} sends were refused; ${told.unended} did not end in time while bytes were corrupted, which no queue can help`,
    });
  });
}

for (const { client, test, url, options } of subjects) {
  test.serial(`${client}: a server that falls silent keeps nobody waiting for ever`, async (t) => {
    t.timeout(4 * 60_000);
    const proxy = await FaultProxy.start(t, url);
    const world = await connect(t, options(proxy.url));
    proxy.blackHole();
    try {
      const sent = await endsSoon(t, "a send", Promise.all(Array.from({ length: burst }, () => world.send())));
      t.deepEqual(
        sent.filter((result) => result !== undefined),
        [],
      );
    } finally {
      await proxy.pass();
    }
    t.not(await endsSoon(t, "a task afterwards", world.isBack()), undefined);
  });
}

async function connect(t: ExecutionContext, options: ServerOptions) {
  const name = namespace(t);
  const server = await Server.connect({
    ...options,
    defaultQueue: name,
    redis: { connectTimeout: 1, readTimeout: 1 },
    amqp: { exchange: name, bindingKey: name, queueDeclareArgs: { "x-expires": 600_000 } },
    logger: silentLogger,
  });
  t.teardown(() => server.close());
  server.registerTask("add", (a: bigint, b: bigint) => a + b);
  await server.newWorker("w", { concurrency: 4, graceMs: 0 }).start();
  const send = async (): Promise<AsyncResult<unknown> | undefined> => {
    try {
      return await server.sendTask(signature({ name: "add", args: [1n, 2n].map((value) => ({ type: "int64" as const, value })) }));
    } catch (error) {
      if (error instanceof MachineryError) return undefined;
      throw error;
    }
  };
  const sendAtLast = async (): Promise<AsyncResult<unknown>> => {
    for (;;) {
      const result = await send();
      if (result !== undefined) return result;
      await sleep(50);
    }
  };
  /** Sends until a task gets through, and waits for its result: after how many milliseconds it was there, if at all. */
  const isBack = async (): Promise<number | undefined> => {
    const began = Date.now();
    const result = await sendAtLast();
    return (await ended(result, patienceMs)) ? Date.now() - began : undefined;
  };
  return { send, isBack };
}

/** Whether it ended as it should; an error in between is the connection's, and is asked again. */
async function ended(result: AsyncResult<unknown>, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    try {
      return (await result.get({ timeoutMs: Math.max(until - Date.now(), 1) })) === 3n;
    } catch (error) {
      if (!(error instanceof MachineryError)) throw error;
      await sleep(20);
    }
  }
  return false;
}

async function endsSoon<T>(t: ExecutionContext, what: string, promise: Promise<T>): Promise<T> {
  const hangs = Symbol("hangs");
  const first = await Promise.race([promise, sleep(1.5 * patienceMs, hangs, { ref: false })]);
  if (first === hangs) throw new Error(`${what} hangs`);
  t.pass();
  return first as T;
}
