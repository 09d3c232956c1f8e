import { randomUUID } from "node:crypto";
import plainTest, { type ExecutionContext, type TestFn } from "ava";
import { type Clock, Server, signature, silentLogger, systemClock } from "machinery-ts";
import { filePlaces, type Places } from "../hostile/stage.js";
import { namespace } from "../services/namespace.js";
import { service } from "../services/service.js";

const redis = await service("redis");
const rabbitmq = await service("rabbitmq");
const mongodb = await service("mongodb");

const tenMinutes = 600_000;

const skewed = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

const subjects: readonly (readonly [name: string, test: TestFn, open: () => Promise<Places>])[] = [
  ["file", plainTest, filePlaces],
  ["redis", redis.test, async () => ({ broker: redis.url, resultBackend: redis.url })],
  [
    "amqp and mongodb",
    rabbitmq.url === "" ? rabbitmq.test : mongodb.test,
    async () => ({ broker: rabbitmq.url, resultBackend: mongodb.url }),
  ],
];

for (const [name, test, open] of subjects) {
  test(`${name}: clocks that are ten minutes apart cost no task, no lease and no time`, async (t) => {
    t.timeout(120_000);
    const places = await open();
    const queue = namespace(t);
    const runs: string[] = [];
    const connect = (t: ExecutionContext, skewMs: number) => serverAt(t, places, queue, skewMs, runs);
    const early = await connect(t, -tenMinutes);
    const late = await connect(t, tenMinutes);
    for (const server of [early, late]) {
      const worker = server.newWorker("w", { leaseMs: 600, concurrency: 5, graceMs: 0 });
      await worker.start();
    }
    const sent = [];
    for (let i = 0; i < 20; i++) {
      const sender = i % 2 === 0 ? early : late;
      sent.push(await sender.sendTask(signature({ name: "naps", args: [{ type: "int64", value: 1n }] })));
    }
    // Longer than the lease: whoever went by the other's clock would take it for dead.
    const long = await early.sendTask(signature({ name: "naps", args: [{ type: "int64", value: 1_500n }] }));
    for (const result of [...sent, long]) t.truthy(await result.get({ timeoutMs: 60_000 }));
    t.is(runs.length, sent.length + 1, "no task ran twice");
    t.teardown(() => places.close?.(queue));
  });
}

async function serverAt(t: ExecutionContext, { broker, resultBackend }: Places, queue: string, skewMs: number, runs: string[]) {
  const server = await Server.connect({
    broker,
    resultBackend,
    defaultQueue: queue,
    amqp: { exchange: queue, bindingKey: queue, queueDeclareArgs: { "x-expires": 600_000 } },
    clock: skewed(skewMs),
    logger: silentLogger,
  });
  t.teardown(() => server.close());
  server.registerTask("naps", async (ms: bigint) => {
    runs.push(randomUUID());
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return ms;
  });
  return server;
}
