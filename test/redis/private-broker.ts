import type { ExecutionContext } from "ava";
import type { Broker, Consumer, Delivery, Message } from "../../src/brokers/broker.js";
import { openRedisBroker, type RedisBrokerOptions } from "../../src/brokers/redis.js";
import type { ConfigOptions } from "../../src/config/options.js";
import { openRedis, type RedisLink } from "../../src/redis/link.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { routingKeyOf } from "../../src/wire/routing-key.js";
import { redisAt } from "./address.js";

export const queue = "machinery_tasks";

/** A broker as a process with this URL and these settings has it; it is closed with the test. */
export async function openBroker(
  t: ExecutionContext,
  url: string,
  settings: ConfigOptions = {},
  options: Partial<RedisBrokerOptions> = {},
): Promise<Broker> {
  const broker = await openRedisBroker({ ...(await redisAt(url, settings)), routingKeyOf, ...options });
  t.teardown(() => broker.close());
  return broker;
}

let links = 0;

/** Commands to the server, past any proxy and any broker. */
export async function openDirect(t: ExecutionContext, url: string): Promise<RedisLink> {
  const options = await redisAt(url);
  // Not the connection of a broker in this process.
  const redis = await openRedis({ ...options, answerMs: options.answerMs + 100_000 + ++links }, "ERR_BROKER");
  t.teardown(() => redis.close());
  return redis;
}

export const message = (body: string, fields: Partial<Message> = {}): Message => ({
  id: `task_${body}`,
  queue,
  body: Buffer.from(body),
  ...fields,
});

export const textsOf = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ body }) => Buffer.from(body).toString());

/** Takes as a worker does: a take that fails is tried again. */
export async function takeAll(consumer: Consumer, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (deliveries.length < count) {
    const taken = await consumer.take(count - deliveries.length).catch(() => undefined);
    if (taken?.length === 0) throw new Error("the consumer was closed");
    deliveries.push(...(taken ?? []));
  }
  return deliveries;
}

export async function ack(consumer: Consumer, deliveries: readonly Delivery[]): Promise<readonly string[]> {
  return consumer.settle(deliveries.map((delivery) => ({ delivery, as: "ack" })));
}

/** Acknowledges as a worker does: where the connection broke, again. */
export async function ackInTheEnd(consumer: Consumer, deliveries: readonly Delivery[]): Promise<readonly string[]> {
  for (;;) {
    try {
      return await ack(consumer, deliveries);
    } catch (error) {
      // The link waits for a connection before it tries.
      if ((error as { code?: string }).code === "ERR_CLOSED") throw error;
    }
  }
}

/** Asks until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(systemClock, 5, undefined, true);
}

/** How many clients of the server are blocked. */
export async function blocked(redis: RedisLink): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(String(await redis.call("INFO", "clients")))![1]);
}

/** The keys on the server that are there for workers, in order. */
export async function ownKeys(redis: RedisLink): Promise<string[]> {
  return ((await redis.call("KEYS", "*:p:*")) as Buffer[]).map(String).sort();
}
