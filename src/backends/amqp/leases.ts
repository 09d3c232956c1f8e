import { hash } from "node:crypto";
import type { Channel } from "amqplib";
import type { AmqpConnection } from "../../amqp/connection.js";
import { amqpFailure, replyCode } from "../../amqp/failure.js";
import { answerMs, timed } from "../../amqp/timed.js";
import type { Timer } from "../../util/clock.js";

/** How long the queue of a lease that nobody takes is kept, in milliseconds. */
const keptMs = 300_000;
const longestName = 255;

interface Lease {
  readonly owner: string;
  readonly channel: Channel;
  expiresAt: number;
  timer: Timer;
}

/**
 * Named leases: who holds one is the only consumer of its queue, as RabbitMQ sees to. It ends with the connection, by the clock of the
 * process that holds it, or when that one gives it up.
 */
export class Leases {
  readonly #connection: AmqpConnection;
  readonly #held = new Map<string, Lease>();

  constructor(connection: AmqpConnection) {
    this.#connection = connection;
  }

  async take(key: string, owner: string, ttlMs: number): Promise<boolean> {
    const held = this.#held.get(key);
    if (held !== undefined && held.expiresAt > this.#connection.clock.now()) {
      if (held.owner !== owner) return false;
      if (ttlMs <= 0) await this.#end(key, held);
      else this.#renew(key, held, ttlMs);
      return true;
    }
    if (held !== undefined) await this.#end(key, held);
    const channel = await this.#acquire(key);
    if (channel === undefined) return false;
    const lease: Lease = { owner, channel, expiresAt: 0, timer: { cancel: () => {} } };
    if (ttlMs <= 0) {
      await this.#end(key, lease);
      return true;
    }
    this.#held.set(key, lease);
    channel.on("close", () => {
      lease.timer.cancel();
      if (this.#held.get(key) === lease) this.#held.delete(key);
    });
    this.#renew(key, lease, ttlMs);
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#held].map(([key, lease]) => this.#end(key, lease)));
  }

  #renew(key: string, lease: Lease, ttlMs: number): void {
    const { clock } = this.#connection;
    lease.timer.cancel();
    lease.expiresAt = clock.now() + ttlMs;
    lease.timer = clock.after(ttlMs, () => void this.#end(key, lease));
  }

  async #end(key: string, lease: Lease): Promise<void> {
    lease.timer.cancel();
    if (this.#held.get(key) === lease) this.#held.delete(key);
    await lease.channel.close().catch(() => {});
  }

  /** `undefined` where somebody else holds it. */
  async #acquire(key: string): Promise<Channel | undefined> {
    const { clock, place } = this.#connection;
    const model = await this.#connection.model();
    const name = `lease.${key}`;
    const queue = Buffer.byteLength(name) <= longestName ? name : `lease.${hash("sha1", key)}`;
    try {
      return await timed(clock, answerMs, place, "taking a lease", this.#consume(await model.createChannel(), queue));
    } catch (error) {
      if (replyCode(error) === 403 && /exclusive/.test((error as Error).message)) return undefined;
      throw amqpFailure(error, place);
    }
  }

  async #consume(channel: Channel, queue: string): Promise<Channel> {
    channel.on("error", () => {});
    await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "classic", "x-expires": keptMs } });
    await channel.consume(queue, () => {}, { exclusive: true });
    return channel;
  }
}
