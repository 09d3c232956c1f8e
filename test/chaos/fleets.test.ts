import { randomUUID } from "node:crypto";
import plainTest, { type TestFn } from "ava";
import { events, Server, signature, silentLogger } from "machinery-ts";
import { filePlaces, type Places, until } from "../hostile/stage.js";
import { namespace } from "../services/namespace.js";
import { service } from "../services/service.js";
import { amount, productsOf, tellFigure } from "./figures.js";
import { count } from "./profile.js";

const redis = await service("redis");
const rabbitmq = await service("rabbitmq");
const each = count(20, 500);
/** Brokers tell delays apart by tenths of a second: pauses that differ by chance are to differ by more. */
const pauseMs = 700;
/** Up to a fifth is left out by chance, and timers are off by a little. */
const leastPauseMs = 0.8 * pauseMs - 10;

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
    /** By task, when each offer to who did not know it was to be followed by the next. */
    const offers = new Map<string, number[]>();
    const offered = (event: unknown): void => {
      const { uuid, name, until } = event as { uuid: string; name: string; until: number };
      if (name.startsWith(queue)) offers.set(uuid, [...(offers.get(uuid) ?? []), until]);
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
      await server
        .newWorker(name, { concurrency: 3, graceMs: 0, unknownTasks: { firstDelayMs: pauseMs, maxDelayMs: pauseMs } })
        .start();
      return server;
    };
    const names = [`${queue}_one`, `${queue}_two`];
    const sender = await fleet(names[0]!);
    const sent = await Promise.all(
      Array.from({ length: 2 * each }, async (_, i) => {
        const name = names[i % 2]!;
        return { name, result: await sender.sendTask(signature({ name })) };
      }),
    );
    const others = sent.filter(({ name }) => name === names[1]).map(({ result }) => result.uuid);
    await until("nobody here knows them", async () => others.every((uuid) => (offers.get(uuid)?.length ?? 0) >= 2));
    await fleet(names[1]!);
    for (const { name, result } of sent) t.is(await result.get({ timeoutMs: 180_000 }), name);
    const pauses = [...offers.values()].flatMap((times) => times.slice(1).map((time, i) => time - times[i]!));
    t.true(Math.min(...pauses) >= leastPauseMs, `offered again after ${Math.min(...pauses)} ms`);
    tellFigure(t, {
      what: `F20, ${productsOf(broker)}`,
      much: `${amount(2 * each)} tasks of two fleets`,
      lost: 0,
      other: `all ended; offered ${amount(pauses.length + offers.size)} times to who did not know them, and again after ${Math.round(Math.min(...pauses))} ms at the soonest`,
    });
    t.log(`${2 * each} tasks, offered ${pauses.length + offers.size} times to who did not know them`);
    await places.close?.(queue);
  });
}
