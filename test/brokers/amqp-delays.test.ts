import { noted } from "../../src/brokers/amqp/headers.js";
import type { Settlement } from "../../src/brokers/broker.js";
import { amqpStage, message, takeAll, texts } from "../amqp/stage.js";
import { service } from "../services/service.js";

const { test, url } = await service("rabbitmq");

test("on the ladder a message rests on the steps of its delay, and comes not before it is due", async (t) => {
  const { open, queue } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([queue]);
  const start = Date.now();
  const outcomes = await broker.publish([
    { ...message(queue, "later"), notBefore: start + 1100 },
    { ...message(queue, "soon"), notBefore: start + 350 },
  ]);
  t.deepEqual(outcomes, [{ status: "ok" }, { status: "ok" }]);
  const consumer = await broker.consume({ queues: [queue], capacity: 3 });
  const [soon] = await consumer.take(1);
  t.deepEqual(texts([soon!]), ["soon"]);
  t.true(Date.now() >= start + 350);
  const [later] = await consumer.take(1);
  t.deepEqual(texts([later!]), ["later"]);
  t.true(Date.now() >= start + 1100);
  const again: Settlement = { delivery: soon!, as: "delay", until: Date.now() + 500, body: Buffer.from("again") };
  t.deepEqual(await consumer.settle([again, { delivery: later!, as: "ack" }]), ["ok", "ok"]);
  t.deepEqual(texts(await consumer.take(1)), ["again"]);
});

test("on the ladder any delay has its place, and only the steps that are needed are there", async (t) => {
  const { open, queue, exchange, raw } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([queue]);
  const now = Date.now();
  const waiting = async (step: number) => (await raw.checkQueue(`${exchange}.delay.${step}`)).messageCount;
  t.deepEqual(await broker.publish([{ ...message(queue, "a week"), notBefore: now + 7 * 24 * 3_600_000 }]), [{ status: "ok" }]);
  t.is(await waiting(22), 1, "2^22 times 0.1 s are nearly five days");
  const years = { ...message(queue, "years"), notBefore: now + 6 * 365 * 24 * 3_600_000 };
  t.deepEqual(await broker.publish([years]), [{ status: "ok" }]);
  t.is(await waiting(30), 1);
  t.is(await waiting(22), 1, "declaring further steps harms nothing");
  raw.on("error", () => {});
  await t.throwsAsync(raw.checkQueue(`${exchange}.delay.31`), { message: /404/ });
});

for (const [what, suffix] of [
  ["would be a pattern", ".#.*"],
  ["nearly fills a routing key", "q".repeat(180)],
] as const) {
  test(`on the ladder a queue whose name ${what} gets what is its own, and nothing else`, async (t) => {
    const stage = await amqpStage(t, url);
    const broker = await stage.open();
    const queue = stage.queue + suffix;
    t.teardown(async () => {
      for (const name of [queue, `${queue}.dead`]) await stage.raw.deleteQueue(name);
    });
    await broker.declare([queue, stage.queue]);
    const notBefore = Date.now() + 200;
    t.deepEqual(
      await broker.publish([
        { ...message(stage.queue, "others'"), notBefore },
        { ...message(queue, "its own"), notBefore },
      ]),
      [{ status: "ok" }, { status: "ok" }],
    );
    const others = await broker.consume({ queues: [stage.queue], capacity: 3 });
    t.deepEqual(texts(await others.take(1)), ["others'"]);
    const consumer = await broker.consume({ queues: [queue], capacity: 3 });
    t.deepEqual(texts(await consumer.take(3)), ["its own"]);
    t.is((await broker.inspect(queue)).pending, 0);
  });
}

test("on the ladder a step that vanished is declared again", async (t) => {
  const { open, queue, exchange, raw } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([queue]);
  for (let round = 0; round < 2; round++) {
    const outcomes = await broker.publish([{ ...message(queue, "a"), notBefore: Date.now() + 3_600_000 }]);
    t.deepEqual(outcomes, [{ status: "ok" }]);
    t.is((await raw.deleteQueue(`${exchange}.delay.15`)).messageCount, 1);
  }
});

test("in Machinery's way delays are rounded up to queues that more than one message can share, and outlive their last message", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open({ delayStrategy: "machinery" });
  await broker.declare([queue]);
  const now = Date.now();
  await broker.publish([599_001, 600_000].map((ms, i) => ({ ...message(queue, `${i}`), notBefore: now + ms })));
  const name = (ms: number) => `delay.${ms}.ts.${exchange}.${bindingKey}`;
  const found: number[] = [];
  for (const ms of [599_000, 600_000]) {
    const { messageCount } = await raw.assertQueue(name(ms), {
      arguments: {
        "x-queue-type": "classic",
        "x-dead-letter-exchange": exchange,
        "x-dead-letter-routing-key": bindingKey,
        "x-message-ttl": ms,
        "x-expires": 2 * ms + 60_000,
      },
    });
    found.push(messageCount);
    await raw.deleteQueue(name(ms));
  }
  t.is(found[0]! + found[1]!, 2, "both are there, whichever second it was");
});

test("in Machinery's way a delay longer than a queue may keep its messages is walked in steps", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open({ delayStrategy: "machinery" });
  await broker.declare([queue]);
  const twentyDays = 20 * 24 * 3_600_000;
  const due = Date.now() + 2 * twentyDays;
  t.deepEqual(await broker.publish([{ ...message(queue, "far"), notBefore: due }]), [{ status: "ok" }]);
  const waiting = `delay.${twentyDays}.ts.${exchange}.${bindingKey}`;
  const got = await raw.get(waiting, { noAck: true });
  if (got === false) return t.fail("nothing waits");
  t.is(got.properties.headers?.[noted.notBefore], `${due}`);
  await raw.deleteQueue(waiting);
  // As it comes at the end of a step: once too early, once in time.
  const consumer = await broker.consume({ queues: [queue], capacity: 2 });
  const soon = Date.now() + 700;
  for (const [text, notBefore] of [
    ["early", soon],
    ["due", soon - 10_000],
  ] as const) {
    raw.sendToQueue(queue, Buffer.from(text), { messageId: text, headers: { [noted.notBefore]: `${notBefore}` } });
  }
  const deliveries = await takeAll(consumer, 2);
  t.deepEqual(texts(deliveries), ["due", "early"]);
  t.true(Date.now() >= soon);
});

test("Machinery's one delayed queue works, in the order in which messages came", async (t) => {
  const { open, queue, raw } = await amqpStage(t, url);
  const delayedQueue = `${queue}.delayed`;
  t.teardown(() => raw.deleteQueue(delayedQueue));
  const broker = await open({ delayedQueue });
  await broker.declare([queue]);
  const now = Date.now();
  await broker.publish([
    { ...message(queue, "first"), notBefore: now + 600 },
    { ...message(queue, "second"), notBefore: now + 300 },
  ]);
  t.is((await raw.checkQueue(delayedQueue)).messageCount, 2);
  const consumer = await broker.consume({ queues: [queue], capacity: 2 });
  const [first, second] = await takeAll(consumer, 2);
  t.deepEqual(texts([first!, second!]), ["first", "second"]);
  t.true(Date.now() >= now + 600);
  const again: Settlement = { delivery: first!, as: "delay", until: Date.now() + 300, body: Buffer.from("again") };
  t.deepEqual(await consumer.settle([again, { delivery: second!, as: "ack" }]), ["ok", "ok"]);
  t.deepEqual(texts(await consumer.take(1)), ["again"]);
});

test("in Machinery's way a delay queue that vanished is declared again", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open({ delayStrategy: "machinery" });
  await broker.declare([queue]);
  for (let round = 0; round < 2; round++) {
    const outcomes = await broker.publish([{ ...message(queue, "a"), notBefore: Date.now() + 3_600_000 }]);
    t.deepEqual(outcomes, [{ status: "ok" }]);
    t.is((await raw.deleteQueue(`delay.3600000.ts.${exchange}.${bindingKey}`)).messageCount, 1);
  }
});
