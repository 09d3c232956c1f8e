import { randomUUID } from "node:crypto";
import type { Channel, ConsumeMessage } from "amqplib";
import type { AmqpConnections } from "../../amqp/connections.js";
import { SupervisedChannel } from "../../amqp/supervised-channel.js";
import { backoffMs } from "../../util/backoff.js";
import { delay } from "../../util/clock.js";

/** How long a reply queue outlives its process, or its connection, in milliseconds. */
const keptMs = 600_000;
/** How many replies RabbitMQ sends ahead of their acknowledgement. */
const window = 1000;

/**
 * The queue on which this process is told of states: one for all that it waits for. It is durable, so that a broken connection or a
 * restart of RabbitMQ loses no answer, and goes when nobody has asked for it for ten minutes.
 */
export class Replies {
  readonly queue = `reply.${randomUUID()}`;
  readonly #connections: AmqpConnections;
  readonly #onReply: (message: ConsumeMessage) => void;
  readonly #purges: string;
  readonly #channel: SupervisedChannel<Channel>;
  readonly #closing = new AbortController();
  #unacknowledged: ConsumeMessage | undefined;

  /** @param purges the exchange that tells every process of states that are to be forgotten */
  constructor(connections: AmqpConnections, purges: string, onReply: (message: ConsumeMessage) => void) {
    this.#connections = connections;
    this.#purges = purges;
    this.#onReply = onReply;
    this.#channel = new SupervisedChannel(connections.consuming, {
      open: (model) => model.createChannel(),
      setUp: (channel) => this.#setUp(channel),
      lost: () => void this.#reopen(),
    });
  }

  async open(): Promise<void> {
    await this.#connections.consuming.open();
    await this.#channel.get();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const channel = this.#channel.current;
    if (channel !== undefined) await channel.deleteQueue(this.queue).catch(() => {});
    await this.#channel.close();
  }

  async #setUp(channel: Channel): Promise<void> {
    await channel.prefetch(window);
    await channel.assertExchange(this.#purges, "fanout", { durable: true });
    await channel.assertQueue(this.queue, { durable: true, arguments: { "x-queue-type": "classic", "x-expires": keptMs } });
    await channel.bindQueue(this.queue, this.#purges, "");
    await channel.consume(this.queue, (message) => {
      if (message === null) {
        // The queue was deleted: with another channel comes another one.
        void channel.close().catch(() => {});
        return;
      }
      this.#onReply(message);
      this.#acknowledge(message, channel);
    });
  }

  /** One acknowledgement for all that one read of the socket has brought. */
  #acknowledge(message: ConsumeMessage, channel: Channel): void {
    const isScheduled = this.#unacknowledged !== undefined;
    this.#unacknowledged = message;
    if (isScheduled) return;
    queueMicrotask(() => {
      const last = this.#unacknowledged!;
      this.#unacknowledged = undefined;
      if (this.#channel.current === channel) channel.ack(last, true);
    });
  }

  /** Who waits goes on waiting. */
  async #reopen(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; failures++) {
      await delay(this.#connections.consuming.clock, backoffMs(failures, { baseMs: 50, maxMs: 5000 }), signal);
      try {
        await this.#channel.get();
        return;
      } catch {
        // Not yet.
      }
    }
  }
}
