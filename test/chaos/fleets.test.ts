import { randomUUID } from "node:crypto";
import plainTest, { type TestFn } from "ava";
import { events, Server, signature, silentLogger } from "machinery-ts";
import { filePlaces, type Places } from "../hostile/stage.js";
import { namespace } from "../services/namespace.js";
import { service } from "../services/service.js";
import { count } from "./profile.js";

const redis = await service("redis");
const rabbitmq = await service("rabbitmq");
const each = count(20, 500);

const subjects: readonly (readonly [broker: string, test: TestFn, open: () => Promise<Places>])[] = [
  ["file", plainTest, filePlaces],
  ["redis", redis.test, async () => ({ broker: redis.url, resultBackend: redis.url })],
  ["amqp", rabbitmq.test, async () => ({ broker: rabbitmq.url, resultBackend: `memory:${randomUUID()}` })],
];

for (const [broker, test, open] of subjects) {
  test(`${broker}: two fleets that know nothing of each other's tasks share a queue, and all tasks end`, async (t) => {
    t.timeout(count(4, 20) * 60_000);
    const places = await open();
    const queue = namespace(t);
    let offers = 0;
    const offered = (event: unknown): void => {
      if ((event as { name: string }).name.startsWith(queue)) offers++;
    };
    events.taskUnknown.subscribe(offered);
    t.teardown(() => events.taskUnknown.unsubscribe(offered));
    const fleet = async (name: string): Promise<Server> => {
      const server = await Server.connect({
        ...{ broker: places.broker, resultBackend: places.resultBackend, defaultQueue: queue, logger: silentLogger },
        amqp: { exchange: queue, bindingKey: queue, queueDeclareArgs: { "x-expires": 600_000 } },
      });
      t.teardown(() => server.close());
      server.registerTask(name, () => name);
      // Brokers tell delays apart by tenths of a second: pauses that differ by chance are to differ by more.
      await server.newWorker(name, { concurrency: 3, graceMs: 0, unknownTasks: { firstDelayMs: 700, maxDelayMs: 700 } }).start();
      return server;
    };
    const names = [`${queue}_one`, `${queue}_two`];
    const [sender] = [await fleet(names[0]!), await fleet(names[1]!)];
    const sent = await Promise.all(
      Array.from({ length: 2 * each }, async (_, i) => {
        const name = names[i % 2]!;
        return { name, result: await sender.sendTask(signature({ name })) };
      }),
    );
    for (const { name, result } of sent) t.is(await result.get({ timeoutMs: 180_000 }), name);
    // Offered again some three times in two seconds: no hot loop.
    t.true(offers < 2 * each * 180, `${offers} offers`);
    t.log(`${2 * each} tasks, offered ${offers} times to who did not know them`);
    await places.close?.(queue);
  });
}
