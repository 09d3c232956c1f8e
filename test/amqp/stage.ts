import { type Channel, connect } from "amqplib";
import type { ExecutionContext } from "ava";
import type { AmqpBrokerSettings } from "../../src/brokers/amqp/settings.js";
import { openAmqpBroker } from "../../src/brokers/amqp.js";
import type { Broker, Consumer, Delivery } from "../../src/brokers/broker.js";
import { namespace } from "../services/namespace.js";
import { amqpAddress } from "./address.js";
import { deleteLadder } from "./ladder.js";

/** An exchange and a default queue of a test's own, and a plain connection to see with what others see. */
export interface AmqpStage {
  readonly exchange: string;
  readonly queue: string;
  readonly bindingKey: string;
  readonly raw: Channel;
  open(settings?: Partial<AmqpBrokerSettings>): Promise<Broker>;
}

export async function amqpStage(t: ExecutionContext, url: string): Promise<AmqpStage> {
  const name = namespace(t);
  const names = { exchange: `${name}.exchange`, queue: `${name}.queue`, bindingKey: `${name}.key` };
  const connection = await connect(url);
  const raw = await connection.createChannel();
  t.teardown(async () => {
    const channel = await connection.createChannel();
    for (const suffix of ["", ".dead", ".other", ".other.dead"]) await channel.deleteQueue(names.queue + suffix);
    for (const suffix of ["", ".dlx", ".notices"]) await channel.deleteExchange(names.exchange + suffix);
    await deleteLadder(channel, names.exchange);
    await connection.close();
  });
  return {
    ...names,
    raw,
    async open(settings = {}) {
      const { exchange, queue: defaultQueue, bindingKey } = names;
      const broker = await openAmqpBroker({ address: amqpAddress(url), exchange, defaultQueue, bindingKey, ...settings });
      t.teardown(() => broker.close());
      return broker;
    },
  };
}

/** Takes until there are that many. */
export async function takeAll(consumer: Consumer, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (deliveries.length < count) deliveries.push(...(await consumer.take(count - deliveries.length)));
  return deliveries;
}

export const texts = (messages: readonly { readonly body: Uint8Array }[]): string[] =>
  messages.map(({ body }) => Buffer.from(body).toString());

export const message = (queue: string, body: string | Uint8Array, id = "task_1") => ({ id, queue, body: Buffer.from(body) });
