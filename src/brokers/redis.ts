import { MachineryError, preview } from "../errors.js";
import type { CommandArguments } from "../redis/command.js";
import { openRedis, type RedisLink } from "../redis/link.js";
import type { RedisOptions } from "../redis/options.js";
import { systemClock } from "../util/clock.js";
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
import { readDeadLetter } from "./redis/dead-letter.js";
import { Delayed } from "./redis/delayed.js";
import { Mover } from "./redis/mover.js";
import { checkQueueName, QueueKeys } from "./redis/queue-keys.js";
import { count, empty, redrive } from "./redis/scripts.js";

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

const published: PublishOutcome = Object.freeze({ status: "ok" });
/** How many messages one command adds, how many dead letters one script moves. */
const mostAtOnce = 1_000;

class RedisBroker implements Broker {
  readonly capabilities: BrokerCapabilities;
  readonly #redis: RedisLink;
  readonly #delayed: Delayed;
  readonly #pollMs: number;
  readonly #delayedPollMs: number;
  readonly #consumers = new Set<RedisConsumer>();
  readonly #listenings = new Set<() => void>();
  #mover: Mover | undefined;
  #closed: Promise<void> | undefined;

  constructor(redis: RedisLink, options: RedisBrokerOptions) {
    const { delayedKey = "delayed_tasks", defaultQueue = "machinery_tasks", routingKeyOf = () => undefined } = options;
    this.#redis = redis;
    this.capabilities = redis.isCluster ? redisClusterBrokerCapabilities : redisBrokerCapabilities;
    this.#pollMs = options.pollMs ?? 1_000;
    this.#delayedPollMs = options.delayedPollMs ?? 500;
    this.#delayed = new Delayed({ redis, key: delayedKey, defaultQueue, routingKeyOf, keysOf: (queue) => this.#keysOf(queue) });
  }

  /** Nothing has to be made; but what stands there must be a queue. */
  async declare(queues: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    for (const queue of queues) checkQueueName(queue, this.#delayed.keys.set);
    const keys = [...queues, this.#delayed.keys.set];
    const types = await this.#redis.callAll(keys.map((key) => ["TYPE", key]));
    for (const [i, type] of types.entries()) {
      if (type.status === "rejected") throw type.reason;
      const wanted = i < queues.length ? "list" : "zset";
      const found = String(type.value);
      if (found === wanted || found === "none") continue;
      throw new MachineryError("ERR_BROKER", `Redis at ${this.#redis.place} holds a ${found} under ${preview(keys[i])}.`, {
        hint: "Use another queue name or database, or delete the key.",
      });
    }
  }

  async publish(messages: readonly Message[]): Promise<PublishOutcome[]> {
    this.#mustBeOpen();
    const outcomes: PublishOutcome[] = new Array(messages.length).fill(published);
    const lists = new Map<string, number[]>();
    const delayed: number[] = [];
    const now = systemClock.now();
    for (let i = 0; i < messages.length; i++) {
      const { queue, notBefore = 0 } = messages[i]!;
      const error = this.#refusal(messages[i]!, lists);
      if (error !== undefined) outcomes[i] = { status: "error", error };
      else if (notBefore > now) delayed.push(i);
      else lists.get(queue)?.push(i) ?? lists.set(queue, [i]);
    }
    await Promise.all([this.#push(messages, lists, outcomes), this.#delay(messages, delayed, outcomes)]);
    return outcomes;
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#mustBeOpen();
    const consumer = new RedisConsumer({
      redis: this.#redis,
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
      subscriber: this.#redis.subscriber,
      pollMs: this.#delayedPollMs,
      onFailure: (error) => {
        for (const one of this.#consumers) one.fail(error);
      },
    });
    return consumer;
  }

  async inspect(queue: string): Promise<QueueInfo> {
    this.#mustBeOpen();
    const { name, workers, dead, heldPrefix } = this.#keysOf(queue);
    const answer = (await this.#redis.run(count, [name, workers, dead], [heldPrefix])) as [number, number, number];
    const now = systemClock.now();
    let [due, delayed] = [0, 0];
    for await (const { notBefore } of this.#delayed.of(queue)) {
      if (notBefore > now) delayed++;
      else due++;
    }
    return { pending: answer[0] + due, delayed, claimed: answer[1], dead: answer[2] };
  }

  async peek(queue: string, where: MessagePlace, limit: number): Promise<StoredMessage[]> {
    this.#mustBeOpen();
    const keys = this.#keysOf(queue);
    if (limit <= 0) return [];
    if (where === "dead") {
      return (await this.#range(keys.dead, limit)).map((letter) => {
        const { body, reason, at } = readDeadLetter(letter);
        return { queue, body, dead: { reason, at } };
      });
    }
    const seen: StoredMessage[] = where === "delayed" ? [] : (await this.#range(queue, limit)).map((body) => ({ queue, body }));
    const now = systemClock.now();
    for await (const { body, notBefore } of this.#delayed.of(queue)) {
      if (seen.length >= limit) break;
      if (where === "delayed" && notBefore > now) seen.push({ queue, body, notBefore });
      if (where === "pending" && notBefore <= now) seen.push({ queue, body });
    }
    return seen;
  }

  async redrive(queue: string, limit: number): Promise<number> {
    this.#mustBeOpen();
    const { name, crashes, dead } = this.#keysOf(queue);
    let total = 0;
    while (total < limit) {
      const moved = Number(await this.#redis.run(redrive, [name, crashes, dead], [Math.min(limit - total, mostAtOnce)]));
      if (moved === 0) break;
      total += moved;
    }
    return total;
  }

  async purge(queue: string, where: MessagePlace): Promise<number> {
    this.#mustBeOpen();
    const keys = this.#keysOf(queue);
    if (where === "dead") return Number(await this.#redis.run(empty, [keys.dead], []));
    const now = systemClock.now();
    const bodies: Buffer[] = [];
    for await (const { body, notBefore } of this.#delayed.of(queue)) {
      if (notBefore > now === (where === "delayed")) bodies.push(body);
    }
    const deleted = await this.#delayed.delete(bodies);
    return where === "delayed" ? deleted : deleted + Number(await this.#redis.run(empty, [queue], []));
  }

  async notify(notices: readonly Notice[]): Promise<void> {
    this.#mustBeOpen();
    if (notices.length === 0) return;
    await Promise.all(
      notices.map(({ topic, body }) => {
        const channel = this.#channel(topic);
        // A cluster's nodes tell each other, but keep the order of one node only. A notice may be lost.
        return this.#redis.callNear(channel, "PUBLISH", channel, asBuffer(body)).catch(() => {});
      }),
    );
  }

  async listen(topic: string, listener: NoticeListener): Promise<Listening> {
    this.#mustBeOpen();
    const end = await this.#redis.listen(this.#channel(topic), (message) => listener(message as Buffer));
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
      await this.#redis.close();
    }
  }

  /** Appends messages to their lists: one command a list. */
  async #push(messages: readonly Message[], lists: ReadonlyMap<string, number[]>, outcomes: PublishOutcome[]): Promise<void> {
    const commands: (readonly [string, ...CommandArguments])[] = [];
    const parts: number[][] = [];
    for (const [queue, all] of lists) {
      for (let start = 0; start < all.length; start += mostAtOnce) {
        const part = all.slice(start, start + mostAtOnce);
        parts.push(part);
        commands.push(["RPUSH", queue, part.map((i) => asBuffer(messages[i]!.body))]);
      }
    }
    if (commands.length === 0) return;
    let results: PromiseSettledResult<unknown>[];
    try {
      results = await this.#redis.callAll(commands);
    } catch (reason) {
      results = commands.map(() => ({ status: "rejected", reason }));
    }
    for (const [n, result] of results.entries()) {
      if (result.status === "rejected") fail(outcomes, parts[n]!, result.reason);
    }
  }

  async #delay(messages: readonly Message[], places: readonly number[], outcomes: PublishOutcome[]): Promise<void> {
    if (places.length === 0) return;
    try {
      await this.#delayed.add(
        places.map((i) => {
          const { queue, body, notBefore } = messages[i]!;
          return { queue, body: asBuffer(body), notBefore: notBefore! };
        }),
      );
    } catch (error) {
      fail(outcomes, places, error as MachineryError);
    }
  }

  #refusal({ queue, body, priority = 0 }: Message, known: ReadonlyMap<string, unknown>): MachineryError | undefined {
    if (body.byteLength === 0) return new MachineryError("ERR_BROKER", "An empty message cannot be published.");
    if (priority !== 0) return new MachineryError("ERR_UNSUPPORTED", "Redis knows no priorities: Machinery's queue is a list.");
    if (known.has(queue)) return undefined;
    try {
      checkQueueName(queue, this.#delayed.keys.set);
      return undefined;
    } catch (error) {
      return error as MachineryError;
    }
  }

  async #range(key: string, limit: number): Promise<Buffer[]> {
    return (await this.#redis.call("LRANGE", key, 0, limit - 1)) as Buffer[];
  }

  #keysOf(queue: string): QueueKeys {
    checkQueueName(queue, this.#delayed.keys.set);
    return new QueueKeys(queue);
  }

  /** Channels are common to all databases of a server. */
  #channel(topic: string): string {
    return `machinery-ts:${this.#redis.options.database}:notice:${topic}`;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "The Redis broker was closed before.");
  }
}

function fail(outcomes: PublishOutcome[], places: readonly number[], error: MachineryError): void {
  const status = error.code === "ERR_AMBIGUOUS" ? "ambiguous" : "error";
  for (const i of places) outcomes[i] = { status, error };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
