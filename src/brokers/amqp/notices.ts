import type { Channel } from "amqplib";
import type { AmqpConnection } from "../../amqp/connection.js";
import type { AmqpConnections } from "../../amqp/connections.js";
import type { Publisher } from "../../amqp/publisher.js";
import { SupervisedChannel } from "../../amqp/supervised-channel.js";
import { answerMs, timed } from "../../amqp/timed.js";
import { backoffMs } from "../../util/backoff.js";
import { delay } from "../../util/clock.js";
import { Topics } from "../../util/topics.js";
import type { Listening, Notice, NoticeListener } from "../broker.js";

/** Notices over a direct exchange: each process has a queue of its own, which goes with its connection. */
export class Notices {
  readonly #connection: AmqpConnection;
  readonly #connections: AmqpConnections;
  readonly #publisher: Publisher;
  readonly #exchange: string;
  readonly #topics = new Topics<Uint8Array>();
  /** How many listen to each topic. */
  readonly #users = new Map<string, number>();
  readonly #channel: SupervisedChannel<Channel>;
  readonly #closing = new AbortController();
  #queue = "";
  /** That the exchange is there: to publish to one that is not closes the channel under everybody's messages. */
  #declared: Promise<void> | undefined;

  constructor(connections: AmqpConnections, publisher: Publisher, exchange: string) {
    const { consuming } = connections;
    this.#connection = consuming;
    this.#connections = connections;
    this.#publisher = publisher;
    this.#exchange = exchange;
    this.#channel = new SupervisedChannel(consuming, {
      open: (model) => model.createChannel(),
      setUp: (channel) => this.#setUp(channel),
      lost: () => void this.#reopen(),
    });
  }

  async notify(notices: readonly Notice[]): Promise<void> {
    try {
      this.#declared ??= this.#declare();
      await this.#declared;
    } catch {
      this.#declared = undefined;
      return;
    }
    await this.#publisher.publish(
      notices.map(({ topic, body }) => ({
        exchange: this.#exchange,
        routingKey: topic,
        body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        options: { persistent: false },
      })),
    );
  }

  async listen(topic: string, listener: NoticeListener): Promise<Listening> {
    const stop = this.#topics.listen(topic, listener);
    const users = this.#users.get(topic) ?? 0;
    this.#users.set(topic, users + 1);
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (!isOpen) return;
      isOpen = false;
      stop();
      await this.#leave(topic);
    };
    try {
      const channel = await this.#channel.get();
      await this.#timed("binding a topic", channel.bindQueue(this.#queue, this.#exchange, topic));
    } catch (error) {
      await close();
      throw error;
    }
    return { close };
  }

  /** The connection that publishes is a new one: RabbitMQ may have lost the exchange. */
  async restore(): Promise<void> {
    if (this.#declared !== undefined) await this.#declare().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#topics.clear();
    await this.#channel.close();
  }

  #declare(): Promise<void> {
    return this.#connections.asking.withChannel("declaring the exchange of notices", async (channel) => {
      await channel.assertExchange(this.#exchange, "direct", { durable: true });
    });
  }

  async #setUp(channel: Channel): Promise<void> {
    await channel.assertExchange(this.#exchange, "direct", { durable: true });
    const { queue } = await channel.assertQueue("", { exclusive: true, autoDelete: true, durable: false });
    for (const topic of this.#users.keys()) await channel.bindQueue(queue, this.#exchange, topic);
    await channel.consume(
      queue,
      (message) => {
        if (message !== null) this.#topics.tell(message.fields.routingKey, message.content);
        // The queue was deleted: with another channel comes another one.
        else void channel.close().catch(() => {});
      },
      { noAck: true },
    );
    this.#queue = queue;
  }

  async #leave(topic: string): Promise<void> {
    const users = this.#users.get(topic)! - 1;
    if (users > 0) {
      this.#users.set(topic, users);
      return;
    }
    this.#users.delete(topic);
    const channel = this.#channel.current;
    if (channel === undefined) return;
    await this.#timed("unbinding a topic", channel.unbindQueue(this.#queue, this.#exchange, topic)).catch(() => {});
  }

  /** Who listens goes on listening. */
  async #reopen(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; this.#users.size > 0 && !signal.aborted; failures++) {
      await delay(this.#connection.clock, backoffMs(failures, { baseMs: 50, maxMs: 5000 }), signal);
      try {
        await this.#channel.get();
        return;
      } catch {
        // Not yet.
      }
    }
  }

  #timed<T>(what: string, answer: Promise<T>): Promise<T> {
    const { clock, place } = this.#connection;
    return timed(clock, answerMs, place, what, answer);
  }
}
