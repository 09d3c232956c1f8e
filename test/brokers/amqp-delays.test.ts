import { noted } from "../../src/brokers/amqp/headers.js";
import type { Settlement } from "../../src/brokers/broker.js";
import { amqpStage, message, takeAll, texts } from "../amqp/stage.js";
import { service } from "../services/service.js";

const { test, url } = await service("rabbitmq");

test("delays are rounded up to queues that more than one message can share, and outlive their last message", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open();
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

test("a delay longer than a queue may keep its messages is walked in steps", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open();
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

test("on the ladder a message rests on the steps of its delay, and comes not before it is due", async (t) => {
  const { open, queue, exchange, raw } = await amqpStage(t, url);
  t.teardown(async () => {
    for (let step = 0; step < 28; step++) {
      const name = `${exchange}.delay.${String(step).padStart(2, "0")}`;
      await raw.deleteQueue(name);
      await raw.deleteExchange(name);
    }
    await raw.deleteExchange(`${exchange}.delay.out`);
  });
  const broker = await open({ delayStrategy: "ladder" });
  await broker.declare([queue]);
  const start = Date.now();
  const outcomes = await broker.publish([
    { ...message(queue, "three"), notBefore: start + 2500 },
    { ...message(queue, "one"), notBefore: start + 800 },
    { ...message(queue, "years"), notBefore: start + 8 * 365 * 24 * 3_600_000 },
  ]);
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ["ok", "ok", "ok"],
  );
  const consumer = await broker.consume({ queues: [queue], capacity: 3 });
  const [one] = await consumer.take(1);
  t.deepEqual(texts([one!]), ["one"]);
  t.true(Date.now() >= start + 800);
  const [three] = await consumer.take(1);
  t.deepEqual(texts([three!]), ["three"]);
  t.true(Date.now() >= start + 2500);
  const again: Settlement = { delivery: one!, as: "delay", until: Date.now() + 500, body: Buffer.from("again") };
  t.deepEqual(await consumer.settle([again, { delivery: three!, as: "ack" }]), ["ok", "ok"]);
  t.deepEqual(texts(await consumer.take(1)), ["again"]);
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

test("a delay queue that vanished is declared again", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([queue]);
  for (let round = 0; round < 2; round++) {
    const outcomes = await broker.publish([{ ...message(queue, "a"), notBefore: Date.now() + 3_600_000 }]);
    t.deepEqual(outcomes, [{ status: "ok" }]);
    t.is((await raw.deleteQueue(`delay.3600000.ts.${exchange}.${bindingKey}`)).messageCount, 1);
  }
});
