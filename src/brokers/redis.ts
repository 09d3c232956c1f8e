import { MachineryError, preview } from "../errors.js";
import { asBuffer } from "../redis/command.js";
import type { Pushing, RunScript } from "../redis/fusing.js";
import { openRedis, type RedisLink } from "../redis/link.js";
import type { RedisOptions } from "../redis/options.js";
import type {
  Broker,
  BrokerCapabilities,
  ConsumeOptions,
  Consumer,
  Listening,
  Message,
  MessagePlace,
  Notice,
  NoticeListener,
  PublishOutcome,
  QueueInfo,
  StoredMessage,
} from "./broker.js";
import { RedisConsumer } from "./redis/consumer.js";
import { Delayed } from "./redis/delayed.js";
import { Inspection } from "./redis/inspection.js";
import { Mover } from "./redis/mover.js";
import { Publisher } from "./redis/publisher.js";
import { checkQueueName, QueueKeys } from "./redis/queue-keys.js";

export const redisBrokerCapabilities: BrokerCapabilities = Object.freeze({
  delayed: true,
  delayResolutionMs: 1,
  // Machinery's queue is a list.
  priority: false,
  persistent: true,
  shared: true,
  notices: true,
  atomicSettle: true,
  keepsPlace: true,
  countsClaimed: true,
  showsDelayed: true,
  showsPending: true,
});

/** In a cluster, delayed messages are in another slot than their queues. */
export const redisClusterBrokerCapabilities: BrokerCapabilities = Object.freeze({
  ...redisBrokerCapabilities,
  atomicSettle: false,
});

export interface RedisBrokerOptions extends RedisOptions {
  /** The sorted set of delayed tasks. Default Machinery's: `delayed_tasks`. */
  readonly delayedKey?: string;
  /** The queue of delayed tasks that name none. Default Machinery's: `machinery_tasks`. */
  readonly defaultQueue?: string;
  /** How often to look for messages where the server refuses to let us wait for them, in milliseconds. Default 1,000. */
  readonly pollMs?: number;
  /** How often to look for delayed messages where the server does not tell of them, in milliseconds. Default 500. */
  readonly delayedPollMs?: number;
  /**
   * The queue that a message names itself: `""` if it names none, `undefined` if it is no message of Machinery's. Default: none is.
   */
  readonly routingKeyOf?: (body: Uint8Array) => string | undefined;
}

/**
 * Opens a broker on Machinery's lists, shared with Go's senders and workers.
 * @throws MachineryError `ERR_BROKER` if the server cannot be reached or must not be used; the message says why
 */
export async function openRedisBroker(options: RedisBrokerOptions): Promise<Broker> {
  const { delayedKey, defaultQueue, pollMs, delayedPollMs, routingKeyOf, ...link } = options;
  return new RedisBroker(await openRedis(link, "ERR_BROKER"), options);
}

class RedisBroker implements Broker, Pushing<Message, PublishOutcome> {
  readonly capabilities: BrokerCapabilities;
  readonly redis: RedisLink;
  readonly #delayed: Delayed;
  readonly #publisher: Publisher;
  readonly #inspection: Inspection;
  readonly #pollMs: number;
  readonly #delayedPollMs: number;
  readonly #consumers = new Set<RedisConsumer>();
  readonly #listenings = new Set<() => void>();
  #mover: Mover | undefined;
  #closed: Promise<void> | undefined;

  constructor(redis: RedisLink, options: RedisBrokerOptions) {
    const { delayedKey = "delayed_tasks", defaultQueue = "machinery_tasks", routingKeyOf = () => undefined } = options;
    this.redis = redis;
    this.capabilities = redis.isCluster ? redisClusterBrokerCapabilities : redisBrokerCapabilities;
    this.#pollMs = options.pollMs ?? 1_000;
    this.#delayedPollMs = options.delayedPollMs ?? 500;
    const keysOf = (queue: string): QueueKeys => this.#keysOf(queue);
    this.#delayed = new Delayed({ redis, key: delayedKey, defaultQueue, routingKeyOf, keysOf });
    this.#publisher = new Publisher(redis, this.#delayed);
    this.#inspection = new Inspection({ redis, delayed: this.#delayed, keysOf });
  }

  /** Nothing has to be made; but what stands there must be a queue. */
  async declare(queues: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    for (const queue of queues) checkQueueName(queue, this.#delayed.keys.set);
    const keys = [...queues, this.#delayed.keys.set];
    const types = await this.redis.callAll(keys.map((key) => ["TYPE", key]));
    for (const [i, type] of types.entries()) {
      if (type.status === "rejected") throw type.reason;
      const wanted = i < queues.length ? "list" : "zset";
      const found = String(type.value);
      if (found === wanted || found === "none") continue;
      throw new MachineryError("ERR_BROKER", `Redis at ${this.redis.place} holds a ${found} under ${preview(keys[i])}.`, {
        hint: "Use another queue name or database, or delete the key.",
      });
    }
  }

  async publish(messages: readonly Message[]): Promise<PublishOutcome[]> {
    this.#mustBeOpen();
    return this.#publisher.publish(messages);
  }

  publishBy(run: RunScript, messages: readonly Message[]): Promise<PublishOutcome[]> | undefined {
    this.#mustBeOpen();
    return this.#publisher.publishBy(run, messages);
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#mustBeOpen();
    const consumer = new RedisConsumer({
      redis: this.redis,
      delayed: this.#delayed,
      queues: [...new Set(options.queues)].map((queue) => this.#keysOf(queue)),
      options,
      pollMs: this.#pollMs,
      onClose: (closed) => this.#consumers.delete(closed),
    });
    this.#consumers.add(consumer);
    await consumer.open();
    this.#mover ??= new Mover({
      delayed: this.#delayed,
      subscriber: this.redis.subscriber,
      pollMs: this.#delayedPollMs,
      onFailure: (error) => {
        for (const one of this.#consumers) one.fail(error);
      },
    });
    return consumer;
  }

  async inspect(queue: string): Promise<QueueInfo> {
    this.#mustBeOpen();
    return this.#inspection.inspect(queue);
  }

  async peek(queue: string, where: MessagePlace, limit: number): Promise<StoredMessage[]> {
    this.#mustBeOpen();
    return this.#inspection.peek(queue, where, limit);
  }

  async redrive(queue: string, limit: number): Promise<number> {
    this.#mustBeOpen();
    return this.#inspection.redrive(queue, limit);
  }

  async purge(queue: string, where: MessagePlace): Promise<number> {
    this.#mustBeOpen();
    return this.#inspection.purge(queue, where);
  }

  async notify(notices: readonly Notice[]): Promise<void> {
    this.#mustBeOpen();
    if (notices.length === 0) return;
    await Promise.all(
      notices.map(({ topic, body }) => {
        const channel = this.#channel(topic);
        // A cluster's nodes tell each other, but keep the order of one node only. A notice may be lost.
        return this.redis.callNear(channel, "PUBLISH", channel, asBuffer(body)).catch(() => {});
      }),
    );
  }

  async listen(topic: string, listener: NoticeListener): Promise<Listening> {
    this.#mustBeOpen();
    const end = await this.redis.listen(this.#channel(topic), (message) => listener(message as Buffer));
    this.#listenings.add(end);
    if (this.#closed) end();
    return {
      close: async () => {
        end();
        this.#listenings.delete(end);
      },
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const end of this.#listenings) end();
    try {
      await this.#mover?.stop();
      await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    } finally {
      await this.redis.close();
    }
  }

  #keysOf(queue: string): QueueKeys {
    checkQueueName(queue, this.#delayed.keys.set);
    return new QueueKeys(queue);
  }

  /** Channels are common to all databases of a server. */
  #channel(topic: string): string {
    return `machinery-ts:${this.redis.options.database}:notice:${topic}`;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "The Redis broker was closed before.");
  }
}
