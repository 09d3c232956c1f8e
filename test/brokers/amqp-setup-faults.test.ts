import type { ExecutionContext } from "ava";
import { openAmqpBroker } from "../../src/brokers/amqp.js";
import type { Broker } from "../../src/brokers/broker.js";
import { amqpAddress } from "../amqp/address.js";
import { retried } from "../amqp/retried.js";
import { message } from "../amqp/stage.js";
import { FaultProxy } from "../services/proxy.js";
import { startRabbitmq } from "../services/rabbitmq.js";
import { ownServers } from "../services/service.js";

const test = await ownServers("rabbitmq");

async function open(t: ExecutionContext, url: string): Promise<Broker> {
  const broker = await openAmqpBroker({ address: amqpAddress(url) });
  t.teardown(() => broker.close());
  return broker;
}

const queue = "machinery_tasks";

/** The class and the method of what a client sends, as it stands in a frame. */
const steps: readonly [name: string, bytes: readonly number[]][] = [
  ["the protocol header", [...Buffer.from("AMQP"), 0, 0, 9, 1]],
  ["connection.start-ok", [0, 10, 0, 11]],
  ["connection.open", [0, 10, 0, 40]],
  ["channel.open", [0, 20, 0, 10]],
  ["confirm.select", [0, 85, 0, 10]],
  ["exchange.declare", [0, 40, 0, 10]],
  ["queue.declare", [0, 50, 0, 10]],
  ["queue.bind", [0, 50, 0, 20]],
  ["basic.qos", [0, 60, 0, 10]],
  ["basic.consume", [0, 60, 0, 20]],
  ["basic.publish", [0, 60, 0, 40]],
  ["basic.ack", [0, 60, 0, 80]],
];

/** Publishes and takes until everything that was confirmed has been taken and acknowledged. */
async function goOn(broker: Broker, text: string): Promise<void> {
  const consumer = await retried(() => broker.consume({ queues: [queue], capacity: 10 }));
  for (;;) {
    const [outcome] = await broker.publish([message(queue, text, `task_${text}`)]);
    if (outcome!.status === "ok") break;
  }
  for (let seen = false; !seen; ) {
    const deliveries = await retried(() => consumer.take(10));
    seen = deliveries.some(({ body }) => Buffer.from(body).toString() === text);
    await consumer.settle(deliveries.map((delivery) => ({ delivery, as: "ack" })));
  }
  await consumer.close();
}

test.serial("a connection that breaks at any step of being made ready is made again", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const proxy = await FaultProxy.start(t, rabbitmq.url);
  for (const how of ["RST", "FIN"] as const) {
    for (const [name, bytes] of steps) {
      const broker = await open(t, proxy.url);
      await broker.declare([queue]);
      const heard = proxy.hears(Uint8Array.from(bytes)).then(() => proxy.cut(how));
      proxy.cut(how);
      await goOn(broker, `${name} ${how}`);
      await heard;
      await broker.close();
      t.pass(`${name}, ${how}`);
    }
  }
});

test.serial("a connection that is closed by management right after any step is made again", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const proxy = await FaultProxy.start(t, rabbitmq.url);
  const broker = await open(t, proxy.url);
  await broker.declare([queue]);
  for (const [name, bytes] of steps.slice(2)) {
    const heard = proxy.hears(Uint8Array.from(bytes)).then(async () => {
      // What RabbitMQ answers is on its way while it closes the connection.
      proxy.delay(800);
      await rabbitmq.ctl("close_all_connections", "maintenance");
      proxy.delay(0);
    });
    if (name !== "basic.publish" && name !== "basic.ack") proxy.cut();
    await goOn(broker, name);
    await heard;
    t.pass(name);
  }
});
