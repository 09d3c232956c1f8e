import { setImmediate } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import type { AmqpConsumer } from "../../src/brokers/amqp/consumer.js";
import { openAmqpBroker } from "../../src/brokers/amqp.js";
import type { Broker, Consumer, Delivery } from "../../src/brokers/broker.js";
import { amqpAddress } from "../amqp/address.js";
import { retried } from "../amqp/retried.js";
import { message, takeAll, texts } from "../amqp/stage.js";
import { FaultProxy } from "../services/proxy.js";
import { startRabbitmq } from "../services/rabbitmq.js";
import { ownServers } from "../services/service.js";

const test = await ownServers("rabbitmq");

async function open(t: ExecutionContext, url: string, options: { publishDeadlineMs?: number } = {}): Promise<Broker> {
  const broker = await openAmqpBroker({ address: amqpAddress(url), ...options });
  t.teardown(() => broker.close());
  return broker;
}

const queue = "machinery_tasks";

test.serial("what was confirmed is there after RabbitMQ was killed, and what was under way is sent again", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const broker = await open(t, rabbitmq.url, { publishDeadlineMs: 60_000 });
  await broker.declare([queue]);
  const publishing: Promise<void>[] = [];
  const confirmed = new Set<string>();
  const restarting = rabbitmq.node.restart("SIGKILL");
  for (let i = 0; i < 2000; i += 50) {
    const batch = Array.from({ length: 50 }, (_, j) => message(queue, `${i + j}`, `task_${i + j}`));
    publishing.push(
      broker.publish(batch).then((outcomes) => {
        for (const [j, { status }] of outcomes.entries()) if (status === "ok") confirmed.add(`${i + j}`);
      }),
    );
  }
  await Promise.all([restarting, ...publishing]);
  t.is(confirmed.size, 2000, "the deadline is far: all of them come through");
  const received = new Set<string>();
  const consumer = await broker.consume({ queues: [queue], capacity: 100 });
  while (received.size < confirmed.size) {
    const deliveries = await retried(() => consumer.take(100));
    for (const text of texts(deliveries)) received.add(text);
    await consumer.settle(deliveries.map((delivery) => ({ delivery, as: "ack" })));
  }
  t.is(received.size, 2000);
});

test.serial("claims are lost with their connection, and told once; the messages come again, counted", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const broker = await open(t, rabbitmq.url);
  await broker.declare([queue]);
  const lost: (readonly Delivery[])[] = [];
  const consumer = await broker.consume({ queues: [queue], capacity: 2, onLost: (deliveries) => lost.push(deliveries) });
  await broker.publish([message(queue, "1", "task_1"), message(queue, "2", "task_2")]);
  const held = await takeAll(consumer, 2);
  await rabbitmq.node.restart("SIGKILL");
  const again = await retried(() => takeAll(consumer, 2));
  t.is(lost.length, 1);
  t.deepEqual(lost[0], held);
  t.deepEqual(texts(again).sort(), ["1", "2"]);
  t.deepEqual(
    again.map(({ crashes }) => crashes),
    [1, 1],
  );
  t.deepEqual(await consumer.settle(held.map((delivery) => ({ delivery, as: "ack" }))), ["lost", "lost"]);
  t.deepEqual(await consumer.settle(again.map((delivery) => ({ delivery, as: "ack" }))), ["ok", "ok"]);
});

test.serial("that RabbitMQ was killed does not count as a death of who held a message, more than once", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const broker = await open(t, rabbitmq.url);
  const [waiting, deadly] = [`${queue}.waiting`, `${queue}.deadly`];
  await broker.declare([waiting, deadly]);
  const patient = await broker.consume({ queues: [waiting], capacity: 1 });
  const look = async (consumer: Consumer) => (await retried(() => takeAll(consumer, 1)))[0]!;
  await broker.publish([message(waiting, "1")]);
  for (let kill = 0; kill < 3; kill++) {
    if (kill === 2) await broker.publish([message(deadly, "2", "task_2")]);
    await rabbitmq.node.restart("SIGKILL");
    const delivery = await look(patient);
    t.is(delivery.crashes, 1);
    await patient.settle([{ delivery, as: "release" }]);
  }
  const dying = (await broker.consume({ queues: [deadly], capacity: 1 })) as AmqpConsumer;
  for (const deaths of [1, 2, 3]) {
    t.is((await look(dying)).crashes, deaths);
    await dying.abandon();
  }
});

test.serial("a RabbitMQ short of memory parks messages, then says so; afterwards they go", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const broker = await open(t, rabbitmq.url, { publishDeadlineMs: 1500 });
  await broker.declare([queue]);
  await broker.publish([message(queue, "before")]);
  await rabbitmq.ctl("set_vm_memory_high_watermark", "0.0001");
  // The first one finds out: RabbitMQ says that it is blocked only to those that publish.
  const outcomes = [];
  for (let i = 0; i < 3; i++) outcomes.push((await broker.publish([message(queue, `${i}`, `task_${i}`)]))[0]!);
  const [, second] = outcomes;
  t.true(second!.status === "error");
  t.like(second, { error: { code: "ERR_BROKER_BLOCKED" } });
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  const [delivery] = await consumer.take(1);
  t.deepEqual(texts([delivery!]), ["before"], "what is there can be worked off");
  t.deepEqual(await consumer.settle([{ delivery: delivery!, as: "ack" }]), ["ok"]);
  await rabbitmq.ctl("set_vm_memory_high_watermark", "0.6");
  for (;;) {
    const [outcome] = await broker.publish([message(queue, "after", "task_after")]);
    if (outcome!.status === "ok") break;
  }
  t.pass();
});

test.serial("what is too large for RabbitMQ is refused with its limit, and what goes with it arrives", async (t) => {
  const rabbitmq = await startRabbitmq(t, { config: ["max_message_size = 5000"] });
  const broker = await open(t, rabbitmq.url);
  await broker.declare([queue]);
  const batch = [message(queue, "before"), message(queue, "x".repeat(6000), "task_2"), message(queue, "after", "task_3")];
  const [before, large, after] = await broker.publish(batch);
  t.like(large, { status: "error", error: { code: "ERR_MSG_SIZE" } });
  t.deepEqual([before, after], [{ status: "ok" }, { status: "ok" }]);
});

test.serial("on a virtual host whose queues are quorum queues by default ours are what was asked for", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  await rabbitmq.ctl("add_vhost", "quorum", "--default-queue-type", "quorum");
  await rabbitmq.ctl("set_permissions", "--vhost", "quorum", "guest", ".*", ".*", ".*");
  const broker = await open(t, new URL("quorum", rabbitmq.url).href);
  await broker.declare([queue]);
  const types = await rabbitmq.ctl("list_queues", "--vhost", "quorum", "name", "type");
  t.regex(types, new RegExp(`${queue}\\s+classic`));
});

test.serial("a RabbitMQ that answers no more ends in a clear outcome at the deadline", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const proxy = await FaultProxy.start(t, rabbitmq.url);
  const broker = await open(t, proxy.url, { publishDeadlineMs: 1000 });
  await broker.declare([queue]);
  await broker.publish([message(queue, "before")]);
  proxy.blackHole();
  const [outcome] = await broker.publish([message(queue, "unknown")]);
  t.is(outcome!.status, "ambiguous");
  t.like(outcome, { error: { code: "ERR_AMBIGUOUS" } });
  await proxy.pass();
  for (;;) {
    const [after] = await broker.publish([message(queue, "after", "task_after")]);
    if (after!.status === "ok") break;
  }
  t.pass();
});

test.serial("a take ends with its consumer, though there is no RabbitMQ to subscribe at", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const broker = await open(t, rabbitmq.url);
  await broker.declare([queue]);
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  await rabbitmq.node.kill();
  const taking = consumer.take(1);
  await consumer.close();
  t.deepEqual(await Promise.race([taking, setImmediate("it waits still")]), []);
});

test.serial("closing does not wait for a RabbitMQ that is gone", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const broker = await open(t, rabbitmq.url);
  await broker.declare([queue]);
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  const waiting = consumer.take(1);
  await rabbitmq.node.kill();
  const sending = broker.publish([message(queue, "a")]);
  await broker.close();
  t.deepEqual(await waiting.catch(() => []), []);
  t.not((await sending)[0]!.status, "ok");
  t.deepEqual(await consumer.take(1), []);
});
