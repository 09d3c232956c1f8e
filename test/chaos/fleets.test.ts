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
    t.timeout(count(2, 20) * 60_000);
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
      await server.newWorker(name, { concurrency: 3, graceMs: 0, unknownTasks: { firstDelayMs: 100, maxDelayMs: 500 } }).start();
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
    for (const { name, result } of sent) t.is(await result.get({ timeoutMs: 60_000 }), name);
    // Offered again at 100, 300, 700 and 1,200 ms, and twice a second from then on: no hot loop.
    t.true(offers < 2 * each * 60, `${offers} offers`);
    t.log(`${2 * each} tasks, offered ${offers} times to who did not know them`);
    await places.close?.(queue);
  });
}
