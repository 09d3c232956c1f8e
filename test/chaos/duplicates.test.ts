import { randomUUID } from "node:crypto";
import plainTest, { type TestFn } from "ava";
import { taskContext } from "machinery-ts";
import { filePlaces, type Places, stage, until } from "../hostile/stage.js";
import { service } from "../services/service.js";
import { amount, productsOf, tellFigure } from "./figures.js";
import { count, howToRepeat, randomOf } from "./profile.js";

const redis = await service("redis");
const rabbitmq = await service("rabbitmq");
const tasks = count(200, 5_000);
const file = "test/chaos/duplicates.test.ts";

const memory = async (): Promise<Places> => {
  const url = `memory:${randomUUID()}`;
  return { broker: url, resultBackend: url };
};

const subjects: readonly (readonly [broker: string, test: TestFn, open: () => Promise<Places>])[] = [
  ["memory", plainTest, memory],
  ["file", plainTest, filePlaces],
  ["redis", redis.test, async () => ({ broker: redis.url, resultBackend: redis.url })],
  ["amqp", rabbitmq.test, async () => ({ broker: rabbitmq.url, resultBackend: (await memory()).resultBackend })],
];

for (const [broker, test, open] of subjects) {
  const title = `${broker}: a task that comes one to three times has one end, and no other later`;
  test(title, async (t) => {
    t.timeout(count(2, 20) * 60_000);
    t.log(howToRepeat(file, title));
    const random = randomOf(title);
    const on = await stage(t, await open());
    const runs = new Map<string, number>();
    on.server.registerTask("numbers_its_run", () => {
      const { uuid } = taskContext();
      runs.set(uuid, (runs.get(uuid) ?? 0) + 1);
      return BigInt(runs.get(uuid)!);
    });
    const uuids = Array.from({ length: tasks }, (_, i) => `task_${i}.${on.queue}`);
    const bodies = uuids.flatMap((UUID) => {
      const body = Buffer.from(JSON.stringify({ UUID, Name: "numbers_its_run", RoutingKey: on.queue }));
      return Array.from({ length: random.whole(1, 3) }, () => body);
    });
    const mixed = bodies
      .map((body) => ({ body, place: random.fraction() }))
      .sort((a, b) => a.place - b.place)
      .map(({ body }) => body);
    for (let i = 0; i < mixed.length; i += 100) await on.publish(mixed.slice(i, i + 100));
    const worker = on.server.newWorker("w", { concurrency: 8, graceMs: 0 });
    await worker.start();
    const results = uuids.map((uuid) => on.server.asyncResult(uuid));
    const first = await Promise.all(results.map((result) => result.get({ timeoutMs: 60_000 })));
    const emptied = () =>
      until("the queue is empty", async () => {
        const { pending, claimed } = await on.broker.inspect(on.queue);
        return pending === 0 && !claimed;
      });
    await emptied();
    const runsBefore = total(runs);
    await on.publish(mixed.slice(0, 100));
    await emptied();
    t.is(total(runs), runsBefore, "ran after its end");
    await worker.stop({ graceMs: 10_000 });
    const last = await Promise.all(results.map((result) => result.get({ timeoutMs: 60_000 })));
    t.deepEqual(last, first, "an end that has changed");
    t.is(runs.size, tasks);
    t.is((await on.broker.inspect(on.queue)).dead, 0);
    tellFigure(t, {
      what: `F14, ${productsOf(broker)}`,
      much: `${amount(mixed.length)} messages of ${amount(tasks)} tasks`,
      lost: 0,
      other: `each had one end, in ${amount(total(runs))} runs`,
    });
    t.log(`${mixed.length} messages of ${tasks} tasks, ${total(runs)} runs`);
  });
}

const total = (runs: ReadonlyMap<string, number>): number => [...runs.values()].reduce((sum, number) => sum + number, 0);
