/**
 * What RabbitMQ and its client cost: `node amqp-probe.js <raw | broker> <url> <queue>` publishes with confirmation and takes with
 * acknowledgement, by nothing but the client library or through the broker of machinery-ts, the same messages with the same window.
 */
import { type ConfirmChannel, connect } from "amqplib";
import { openAmqpBroker } from "../../../src/brokers/amqp.js";
import { amqpAddress } from "../../amqp/address.js";
import { type Commands, serve, timed } from "./serve.js";

const [kind, url, queue] = process.argv.slice(2) as ["raw" | "broker", string, string];

interface Probe {
  /** Sends messages in order, `window` of them unconfirmed at once. */
  publish(bodies: readonly Buffer[], window: number): Promise<void>;
  /** Takes and acknowledges each, `window` of them unacknowledged at once. */
  consume(count: number, window: number): Promise<void>;
  /** How many messages wait. */
  queued(): Promise<number>;
  close(): Promise<void>;
}

const idOf = (i: number): string => `task_01930000-0000-7000-8000-${String(i).padStart(12, "0")}`;

/** As long as a message of a task that adds two numbers. */
function bodyOf(i: number): Buffer {
  return Buffer.from(
    `{"UUID":"${idOf(i)}","Name":"add","RoutingKey":"${queue}","ETA":null,"GroupUUID":"","GroupTaskCount":0,` +
      `"Args":[{"Name":"","Type":"int64","Value":1},{"Name":"","Type":"int64","Value":${i}}],"Headers":null,"Priority":0,` +
      `"Immutable":false,"RetryCount":0,"RetryTimeout":0,"OnSuccess":null,"OnError":null,"ChordCallback":null}`,
  );
}

async function raw(): Promise<Probe> {
  const [publishing, consuming] = [await connect(url, { noDelay: true }), await connect(url, { noDelay: true })];
  const channel: ConfirmChannel = await publishing.createConfirmChannel();
  await channel.assertExchange(`${queue}.exchange`, "direct", { durable: true });
  await channel.assertQueue(queue, { durable: true });
  await channel.bindQueue(queue, `${queue}.exchange`, queue);
  return {
    publish: (bodies, window) =>
      new Promise((resolve, reject) => {
        let [next, open] = [0, 0];
        const confirmed = (error: Error | null): void => {
          open--;
          if (error) reject(error);
          else if (next === bodies.length && open === 0) resolve();
          else fill();
        };
        const fill = (): void => {
          while (open < window && next < bodies.length) {
            const options = {
              messageId: idOf(next),
              contentType: "application/json",
              persistent: true,
              mandatory: true,
              headers: {},
            };
            channel.publish(`${queue}.exchange`, queue, bodies[next]!, options, confirmed);
            next++;
            open++;
          }
        };
        fill();
      }),
    async consume(count, window) {
      const taking = await consuming.createChannel();
      await taking.prefetch(window);
      let taken = 0;
      await new Promise<void>((resolve, reject) => {
        const onMessage = (message: Parameters<typeof taking.ack>[0] | null): void => {
          if (message === null) return;
          taking.ack(message);
          if (++taken === count) resolve();
        };
        taking.consume(queue, onMessage).catch(reject);
      });
      await taking.close();
    },
    queued: async () => (await channel.checkQueue(queue)).messageCount,
    close: async () => {
      await channel.deleteQueue(queue);
      await channel.deleteExchange(`${queue}.exchange`);
      await Promise.all([publishing.close(), consuming.close()]);
    },
  };
}

async function broker(): Promise<Probe> {
  const names = { exchange: `${queue}.exchange`, defaultQueue: queue, bindingKey: queue };
  const broker = await openAmqpBroker({ address: amqpAddress(url), ...names });
  await broker.declare([queue]);
  return {
    async publish(bodies, window) {
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < bodies.length) {
          const i = next++;
          const [outcome] = await broker.publish([{ id: idOf(i), queue, body: bodies[i]! }]);
          if (outcome!.status !== "ok") throw outcome!.error;
        }
      };
      await Promise.all(Array.from({ length: window }, lane));
    },
    async consume(count, window) {
      const consumer = await broker.consume({ queues: [queue], capacity: window });
      for (let taken = 0; taken < count; ) {
        const deliveries = await consumer.take(window);
        taken += deliveries.length;
        await consumer.settle(deliveries.map((delivery) => ({ delivery, as: "ack" })));
      }
      await consumer.close();
    },
    queued: async () => (await broker.inspect(queue)).pending,
    close: async () => {
      await broker.purge(queue, "pending");
      await broker.close();
    },
  };
}

const probe = await (kind === "raw" ? raw() : broker());
const commands: Commands = {
  publish: async ({ count, window }) => {
    const bodies = Array.from({ length: count }, (_, i) => bodyOf(i));
    const ms = await timed(() => probe.publish(bodies, window));
    if ((await probe.queued()) !== count) throw new Error("not all messages are in the queue");
    return { ms };
  },
  consume: async ({ count, window }) => {
    const ms = await timed(() => probe.consume(count, window));
    if ((await probe.queued()) !== 0) throw new Error("messages are left in the queue");
    return { ms };
  },
};
await serve(commands);
await probe.close();
