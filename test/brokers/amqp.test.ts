import { once } from "node:events";
import { createServer } from "node:net";
import { AmqpConnections } from "../../src/amqp/connections.js";
import type { Outgoing } from "../../src/amqp/letter.js";
import { Publisher } from "../../src/amqp/publisher.js";
import { AmqpConsumer } from "../../src/brokers/amqp/consumer.js";
import { Copies } from "../../src/brokers/amqp/copies.js";
import { Looks } from "../../src/brokers/amqp/looks.js";
import { ServerLife } from "../../src/brokers/amqp/server-life.js";
import { defaultAmqpBrokerSettings } from "../../src/brokers/amqp/settings.js";
import { Topology } from "../../src/brokers/amqp/topology.js";
import { openAmqpBroker } from "../../src/brokers/amqp.js";
import { systemClock } from "../../src/util/clock.js";
import { amqpAddress } from "../amqp/address.js";
import { amqpStage, message, takeAll, texts } from "../amqp/stage.js";
import { freePort } from "../services/free-port.js";
import { service } from "../services/service.js";

const { test, url } = await service("rabbitmq");

test("a Go sender's message is taken from the default queue", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([queue]);
  raw.publish(exchange, bindingKey, Buffer.from("from Go"), { contentType: "application/json", deliveryMode: 2 });
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  const [delivery] = await consumer.take(1);
  t.deepEqual(texts([delivery!]), ["from Go"]);
  t.is(delivery!.queue, queue);
});

test("a message is what Go sends: persistent, JSON, with its id, priority and headers, through the exchange", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open({ queueDeclareArgs: { "x-max-priority": 9 } });
  await broker.declare([queue]);
  const body = JSON.stringify({ UUID: "task_1", Headers: { text: "a", number: 7, yes: true, list: [1], "x-death": "no" } });
  t.deepEqual(await broker.publish([{ ...message(queue, body), priority: 3 }]), [{ status: "ok" }]);
  const got = await raw.get(queue, { noAck: true });
  if (got === false) return t.fail("nothing there");
  t.is(got.content.toString(), body);
  const { messageId, deliveryMode, contentType, priority, headers } = got.properties;
  t.like(
    { messageId, deliveryMode, contentType, priority },
    { messageId: "task_1", deliveryMode: 2, contentType: "application/json" },
  );
  t.is(priority, 3);
  t.deepEqual({ ...headers }, { text: "a", number: 7, yes: true });
  t.is(got.fields.exchange, exchange);
  t.is(got.fields.routingKey, bindingKey);
});

test("what is acknowledged together, or out of order, is acknowledged, and nothing else", async (t) => {
  const { open, queue } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([queue]);
  await broker.publish([0, 1, 2, 3, 4, 5, 6].map((i) => message(queue, `${i}`, `task_${i}`)));
  const consumer = await broker.consume({ queues: [queue], capacity: 7 });
  const held = await takeAll(consumer, 7);
  const end = (...places: number[]) => consumer.settle(places.map((i) => ({ delivery: held[i]!, as: "ack" })));
  t.deepEqual(await end(2, 4), ["ok", "ok"]);
  t.deepEqual(await end(1, 0), ["ok", "ok"]);
  t.deepEqual(await end(6), ["ok"]);
  await (consumer as AmqpConsumer).abandon();
  const again = await takeAll(consumer, 2);
  t.deepEqual(texts(again), ["3", "5"]);
  await consumer.settle(again.map((delivery) => ({ delivery, as: "ack" })));
  t.is((await broker.inspect(queue)).pending, 0);
});

test("what was sent ahead and cannot be given back stays for the next take", async (t) => {
  const { exchange, queue, bindingKey } = await amqpStage(t, url);
  const connections = await AmqpConnections.acquire(amqpAddress(url), systemClock);
  t.teardown(() => connections.release());
  const topology = new Topology(connections, { ...defaultAmqpBrokerSettings, exchange, defaultQueue: queue, bindingKey });
  const publisher = new Publisher(connections.publishing);
  t.teardown(() => publisher.close());
  let failures = 0;
  let failed = (): void => {};
  const hasFailed = new Promise<void>((resolve) => {
    failed = resolve;
  });
  class FailingCopies extends Copies {
    override again(...args: Parameters<Copies["again"]>): Outgoing {
      if (failures++ > 0) return super.again(...args);
      failed();
      throw new Error("not now");
    }
  }
  const copies = new FailingCopies(topology, { longestMs: 0, detour: () => Promise.reject(), forget: () => {} }, systemClock);
  await connections.consuming.open();
  await topology.declare([queue]);
  const { consuming: connection } = connections;
  const options = { queues: [queue], capacity: 1000 };
  const parts = { connection, publisher, topology, copies, looks: new Looks(), life: new ServerLife(connections) };
  const consumer = new AmqpConsumer(parts, options, () => {});
  const { routingKey } = topology.direct(queue);
  const outgoing = ["1", "2"].map((id) => ({ exchange: "", routingKey, body: Buffer.from(id), options: { messageId: id } }));
  await publisher.publish(outgoing);
  const first = await consumer.take(1);
  await hasFailed;
  t.deepEqual(texts([...first, ...(await consumer.take(1))]), ["1", "2"]);
  await consumer.close();
});

test("the binding key is the default queue, not a queue that nobody consumes", async (t) => {
  const { open, queue, bindingKey, raw } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([bindingKey]);
  await broker.publish([message(bindingKey, "a")]);
  t.is((await raw.checkQueue(queue)).messageCount, 1);
  t.is((await broker.inspect(bindingKey)).pending, 1);
  raw.on("error", () => {});
  await t.throwsAsync(raw.checkQueue(bindingKey), { message: /404/ });
});

for (const exchangeType of ["fanout", "topic", "headers"]) {
  test(`a ${exchangeType} exchange works`, async (t) => {
    const { open, queue } = await amqpStage(t, url);
    const broker = await open({ exchangeType });
    await broker.declare([queue]);
    t.deepEqual(await broker.publish([message(queue, "a")]), [{ status: "ok" }]);
    const consumer = await broker.consume({ queues: [queue], capacity: 1 });
    const [delivery] = await consumer.take(1);
    t.deepEqual(texts([delivery!]), ["a"]);
    await consumer.settle([{ delivery: delivery!, as: "dead", reason: "why" }]);
    await broker.redrive(queue, 1);
    t.deepEqual(texts(await consumer.take(1)), ["a"], "what is in a queue already stays in that one");
  });
}

test("a message that no queue takes is an error that names exchange and routing key", async (t) => {
  const { open, queue, exchange } = await amqpStage(t, url);
  const broker = await open({ exchangeType: "headers", queueBindingArgs: { "x-match": "all", kind: "image" } });
  await broker.declare([queue]);
  const outcomes = await broker.publish([
    message(queue, JSON.stringify({ Headers: { kind: "text" } }), "task_1"),
    message(queue, JSON.stringify({ Headers: { kind: "image" } }), "task_2"),
  ]);
  t.deepEqual(outcomes[1], { status: "ok" });
  const [refused] = outcomes;
  t.true(refused?.status === "error");
  t.like(refused, { error: { code: "ERR_UNROUTABLE" } });
  if (refused?.status === "error") t.true(refused.error.message.includes(exchange));
});

test("a queue or exchange that was deleted is declared again, for who publishes and who consumes", async (t) => {
  const { open, queue, exchange, raw } = await amqpStage(t, url);
  const broker = await open();
  const consumer = await broker.consume({ queues: [queue], capacity: 5 });
  const first = consumer.take(1);
  await broker.publish([message(queue, "1")]);
  await consumer.settle([{ delivery: (await first)[0]!, as: "ack" }]);
  const second = consumer.take(1);
  await raw.deleteQueue(queue);
  t.deepEqual(await broker.publish([message(queue, "2")]), [{ status: "ok" }]);
  t.deepEqual(texts(await second), ["2"]);
  const third = consumer.take(1);
  await raw.deleteExchange(exchange);
  t.deepEqual(await broker.publish([message(queue, "3")]), [{ status: "ok" }]);
  t.deepEqual(texts(await third), ["3"]);
});

test("a queue with other arguments is refused with wanted and found, or taken as it is", async (t) => {
  const { open, queue, raw } = await amqpStage(t, url);
  await raw.assertQueue(queue, { arguments: { "x-max-priority": 3 } });
  const strict = await open({ queueDeclareArgs: { "x-max-priority": 5 } });
  await t.throwsAsync(strict.declare([queue]), {
    code: "ERR_BROKER",
    message: new RegExp(`the queue ${queue} is there with other arguments: of x-max-priority wanted '?5'?, found '?3'?`),
  });
  const accepting = await open({ queueDeclareArgs: { "x-max-priority": 5 }, existingQueues: "accept" });
  await accepting.declare([queue]);
  t.deepEqual(await accepting.publish([message(queue, "a")]), [{ status: "ok" }]);
});

test("headers of more than AMQP can carry are an error that says what to do, and harm nobody else", async (t) => {
  const { open, queue } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([queue]);
  const large = JSON.stringify({ Headers: { large: "x".repeat(65_000) } });
  const outcomes = await broker.publish([
    message(queue, "a", "task_1"),
    message(queue, large, "task_2"),
    message(queue, "b", "task_3"),
  ]);
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ["ok", "error", "ok"],
  );
  t.like(outcomes[1], { error: { code: "ERR_MSG_SIZE" } });
});

test("an empty message of somebody else's is handed out, and can be put aside", async (t) => {
  const { open, queue, raw } = await amqpStage(t, url);
  const broker = await open();
  await broker.declare([queue]);
  raw.sendToQueue(queue, Buffer.alloc(0));
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  const [delivery] = await consumer.take(1);
  t.is(delivery!.body.byteLength, 0);
  t.deepEqual(await consumer.settle([{ delivery: delivery!, as: "dead", reason: "empty" }]), ["ok"]);
  t.is((await broker.inspect(queue)).dead, 1);
});

test("what only was looked at has not crashed, also where another connection looked", async (t) => {
  const { open, queue } = await amqpStage(t, url);
  const [broker, other] = [await open(), await open()];
  const consumer = await broker.consume({ queues: [queue], capacity: 5 });
  await broker.publish([message(queue, "1", "task_1"), message(queue, "2", "task_2")]);
  t.deepEqual(texts(await other.peek(queue, "pending", 10)), ["1", "2"]);
  const deliveries = await takeAll(consumer, 2);
  t.deepEqual(texts(deliveries), ["1", "2"], "in their places");
  t.deepEqual(
    deliveries.map(({ crashes }) => crashes),
    [0, 0],
  );
});

test("RabbitMQ's own dead letters are dead letters", async (t) => {
  const { open, queue, raw } = await amqpStage(t, url);
  const broker = await open({ queueDeclareArgs: { "x-queue-type": "quorum", "x-delivery-limit": 1 } });
  await broker.declare([queue]);
  await broker.publish([message(queue, "a")]);
  for (let i = 0; i < 2; i++) {
    const got = await raw.get(queue);
    if (got === false) return t.fail("nothing there");
    raw.nack(got, false, true);
    await raw.checkQueue(queue);
  }
  while ((await broker.inspect(queue)).dead === 0) await raw.checkQueue(queue);
  const [letter] = await broker.peek(queue, "dead", 1);
  t.regex(letter!.dead!.reason, /x-delivery-limit/);
  t.is(await broker.redrive(queue, 1), 1);
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  t.is((await consumer.take(1))[0]!.crashes, 0);
});

test("a virtual host that is not there, a wrong password, a port where nobody listens: each says what to mend", async (t) => {
  const place = new URL(url);
  const attempt = (change: (url: URL) => void) => {
    const changed = new URL(url);
    change(changed);
    return openAmqpBroker({ address: amqpAddress(changed.href) });
  };
  const vhost = attempt((one) => {
    one.pathname = "/nowhere";
  });
  await t.throwsAsync(vhost, { code: "ERR_BROKER", message: /virtual host.*add_vhost/s });
  const password = attempt((one) => {
    one.password = "s3cret";
  });
  const refused = await t.throwsAsync(password, { code: "ERR_BROKER", message: /user name or the password/ });
  t.false(refused.message.includes("s3cret"));
  t.true(refused.message.includes(place.host));
  const port = await freePort();
  const nobody = attempt((one) => {
    one.port = `${port}`;
  });
  await t.throwsAsync(nobody, { code: "ERR_BROKER", message: /nothing listens there.*Start RabbitMQ/ });
});

test("a server that is no RabbitMQ is told from one", async (t) => {
  const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const error = await t.throwsAsync(openAmqpBroker({ address: amqpAddress(`amqp://guest:guest@127.0.0.1:${port}/`) }));
  t.is((error as { code?: string }).code, "ERR_BROKER");
  t.true(error.message.includes(`127.0.0.1:${port}`));
});

test("of several URLs the first that can be reached is taken", async (t) => {
  const nobody = `amqp://guest:guest@127.0.0.1:${await freePort()}/`;
  const broker = await openAmqpBroker({ address: amqpAddress(nobody, url) });
  t.teardown(() => broker.close());
  t.is((await broker.inspect("a queue that is not there")).pending, 0);
});

test("a queue's name has its limits", async (t) => {
  const { open } = await amqpStage(t, url);
  const broker = await open();
  for (const name of ["", "é".repeat(126), "amq.mine"]) {
    await t.throwsAsync(broker.declare([name]), { code: "ERR_QUEUE_NAME" });
    t.like(await broker.publish([message(name, "a")]), [{ status: "error", error: { code: "ERR_QUEUE_NAME" } }]);
  }
});
