import test from "ava";
import type { MemoryConsumer } from "../../src/brokers/memory/consumer.js";
import { openMemoryBroker } from "../../src/brokers/memory.js";
import { ManualClock } from "../../src/util/clock.js";

const body = Buffer.from("a");

test("brokers of one name share their queues, until the last of them closes", async (t) => {
  const name = "shared";
  const [a, b, other] = [openMemoryBroker({ name }), openMemoryBroker({ name }), openMemoryBroker({ name: "other" })];
  await a.publish([{ id: "task_1", queue: "q", body }]);
  t.is((await b.inspect("q")).pending, 1);
  t.is((await other.inspect("q")).pending, 0);
  await a.close();
  await a.close();
  const late = openMemoryBroker({ name });
  t.is((await late.inspect("q")).pending, 1, "b still has them open; closing a twice counts once");
  await b.close();
  await late.close();
  const again = openMemoryBroker({ name });
  t.is((await again.inspect("q")).pending, 0);
  await Promise.all([again.close(), other.close()]);
});

test("a message keeps its priority wherever it goes", async (t) => {
  const clock = new ManualClock();
  const broker = openMemoryBroker({ name: "priorities", clock });
  const texts = async (): Promise<string[]> => (await consumer.take(10)).map((delivery) => Buffer.from(delivery.body).toString());
  const consumer = await broker.consume({ queues: ["q"], capacity: 10 });
  await broker.publish([
    { id: "task_1", queue: "q", body: Buffer.from("high"), priority: 255, notBefore: clock.now() + 1000 },
    { id: "task_2", queue: "q", body: Buffer.from("low") },
  ]);
  await clock.advance(1000);
  const [high, low] = await consumer.take(10);
  await consumer.settle([
    { delivery: low!, as: "release" },
    { delivery: high!, as: "dead", reason: "" },
  ]);
  await broker.redrive("q", 1);
  t.deepEqual(await texts(), ["high", "low"]);
  await consumer.close();
  await broker.close();
});

test("a priority out of range is refused", async (t) => {
  const broker = openMemoryBroker({ name: "range" });
  const outcomes = await broker.publish(
    [-1, 256, 1.5, Number.NaN, 255].map((priority) => ({ id: "task_1", queue: "q", body, priority })),
  );
  t.deepEqual(
    outcomes.map((outcome) => (outcome.status === "error" ? outcome.error.message : outcome.status)),
    [
      "[ERR_BROKER] The priority -1 is not an integer from 0 to 255.",
      "[ERR_BROKER] The priority 256 is not an integer from 0 to 255.",
      "[ERR_BROKER] The priority 1.5 is not an integer from 0 to 255.",
      "[ERR_BROKER] The priority null is not an integer from 0 to 255.",
      "ok",
    ],
  );
  await broker.close();
});

test("a second take while one waits is refused, and the first goes on", async (t) => {
  const broker = openMemoryBroker({ name: "two takes" });
  const consumer = await broker.consume({ queues: ["q"], capacity: 10 });
  const waiting = consumer.take(1);
  await t.throwsAsync(consumer.take(1), { message: /one call at a time/ });
  await broker.publish([{ id: "task_1", queue: "q", body }]);
  t.is((await waiting).length, 1);
  await broker.close();
});

test("a burst of single messages reaches a waiting take as one batch", async (t) => {
  const broker = openMemoryBroker({ name: "burst" });
  const consumer = await broker.consume({ queues: ["q"], capacity: 100 });
  const waiting = consumer.take(100);
  await Promise.all(Array.from({ length: 50 }, () => broker.publish([{ id: "task_1", queue: "q", body }])));
  t.is((await waiting).length, 50);
  await broker.close();
});

test("a closed broker leaves no timer behind", async (t) => {
  const timers = new Set<object>();
  const clock = new ManualClock();
  const counting = {
    now: () => clock.now(),
    after(ms: number, fn: () => void) {
      const timer = clock.after(ms, () => {
        timers.delete(handle);
        fn();
      });
      const handle = {
        cancel() {
          timers.delete(handle);
          timer.cancel();
        },
      };
      timers.add(handle);
      return handle;
    },
  };
  const broker = openMemoryBroker({ name: "timers", clock: counting });
  await broker.consume({ queues: ["q"], capacity: 1 });
  await broker.publish([{ id: "task_1", queue: "q", body, notBefore: clock.now() + 1000 }]);
  await clock.advance(100_000);
  await broker.publish([{ id: "task_2", queue: "q", body, notBefore: clock.now() + 1000 }]);
  t.true(timers.size > 0);
  await broker.close();
  t.is(timers.size, 0);
});

test("a heartbeat of one's own renews the lease when it says, and at least three times in a lease", async (t) => {
  for (const [heartbeatMs, lastBeat] of [
    [100, 300],
    [undefined, 300],
    [5_000, 300],
    [250, 250],
  ] as const) {
    const clock = new ManualClock();
    const broker = openMemoryBroker({ name: `heartbeat-${heartbeatMs}`, clock });
    const consumer = await broker.consume({
      queues: ["q"],
      capacity: 1,
      leaseMs: 900,
      ...(heartbeatMs !== undefined && { heartbeatMs }),
    });
    await broker.publish([{ id: "task_1", queue: "q", body }]);
    await consumer.take(1);
    await clock.advance(399);
    (consumer as MemoryConsumer).abandon();
    await clock.advance(lastBeat + 900 - 399 - 1);
    t.is((await broker.inspect("q")).claimed, 1, `${heartbeatMs}`);
    await clock.advance(2);
    t.is((await broker.inspect("q")).claimed, 0, `${heartbeatMs}`);
    await broker.close();
  }
});
