import { openAmqpBroker } from "../../src/brokers/amqp.js";
import { amqpAddress } from "../amqp/address.js";
import { retried } from "../amqp/retried.js";
import { startRabbitmq } from "../services/rabbitmq.js";
import { ownServers } from "../services/service.js";
import { amount, tellFigure } from "./figures.js";
import { count, howToRepeat, randomOf } from "./profile.js";

const test = await ownServers("rabbitmq");

const title = "RabbitMQ killed while delayed messages wait, fall due and are taken";
const queue = "machinery_tasks";
const messages = 2000;
/** How much earlier than due a message may come, in milliseconds: what timers are off by. */
const slackMs = 5;
/** After how long without a message what has not come is lost, in milliseconds. */
const patienceMs = 20_000;

/** The queue is never idle while messages fall due into it: that is when RabbitMQ has most of them only in its memory. */
test.serial(title, async (t) => {
  t.timeout(count(2, 10) * 60_000);
  t.log(howToRepeat("test/chaos/amqp-delays.test.ts", title));
  const random = randomOf(title);
  const rabbitmq = await startRabbitmq(t);
  const broker = await openAmqpBroker({ address: amqpAddress(rabbitmq.url), publishDeadlineMs: 60_000 });
  t.teardown(() => broker.close());
  await broker.declare([queue]);
  const rounds = count(1, 10);
  for (let round = 0; round < rounds; round++) {
    const consumer = await broker.consume({ queues: [queue], capacity: 10 });
    const now = Date.now();
    const batch = Array.from({ length: messages }, (_, i) => ({
      id: `task_${round}_${i}`,
      queue,
      body: Buffer.from(`${round}.${i}`),
      notBefore: now + 1500 + 100 * (i % 10),
    }));
    const dueAt = new Map(batch.map(({ body, notBefore }) => [body.toString(), notBefore]));
    const early: string[] = [];
    const confirmed = new Set<string>();
    for (const [i, { status }] of (await broker.publish(batch)).entries()) if (status === "ok") confirmed.add(`${round}.${i}`);
    t.is(confirmed.size, messages);
    const killAt = random.whole(1, messages / 4);
    let taken = 0;
    let restarting: Promise<void> | undefined;
    while (confirmed.size > 0) {
      const deliveries = await retried(() => consumer.take(10, AbortSignal.timeout(patienceMs)));
      if (deliveries.length === 0) break;
      taken += deliveries.length;
      if (taken >= killAt) restarting ??= rabbitmq.node.restart("SIGKILL");
      for (const { body } of deliveries) {
        const message = Buffer.from(body).toString();
        confirmed.delete(message);
        if (Date.now() < dueAt.get(message)! - slackMs) early.push(message);
      }
      // One by one, so that the queue stays full.
      for (const delivery of deliveries)
        await retried(() => consumer.settle([{ delivery, as: "ack" }]).then(() => broker.inspect(queue)));
    }
    await restarting;
    await consumer.close();
    t.is(confirmed.size, 0, `lost of ${messages}`);
    t.deepEqual(early, [], "came before they were due");
  }
  tellFigure(t, {
    what: "F8, messages that wait in RabbitMQ",
    much: `${amount(rounds * messages)} messages, RabbitMQ killed ${rounds} times`,
    lost: 0,
    other: "none came before it was due",
  });
});
