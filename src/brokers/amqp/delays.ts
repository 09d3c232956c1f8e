import type { AmqpConnections } from "../../amqp/connections.js";
import type { Delays, Detour } from "./detour.js";
import { LadderDelays } from "./ladder.js";
import { delayQueue } from "./names.js";
import type { AmqpBrokerSettings } from "./settings.js";
import type { Route } from "./topology.js";

export function openDelays(connections: AmqpConnections, settings: AmqpBrokerSettings): Delays {
  const { delayStrategy, exchange, delayedQueue } = settings;
  const delays = delayStrategy === "ladder" ? new LadderDelays(connections, exchange) : new DelayQueues(connections);
  return delayedQueue === "" ? delays : new SharedDelayQueue(connections, settings, delays);
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const fineMs = 100;
const coarseMs = 1000;

/** How finely delays are told apart: a queue for every millisecond would make thousands of them. Rounded up: never early. */
function roundDelay(ms: number): number {
  const step = ms < minuteMs ? fineMs : coarseMs;
  return Math.ceil(ms / step) * step;
}

/**
 * Machinery's own way: a queue for each delay, whose messages expire into the queue where they belong. Unlike Go's it outlives its last
 * message by a minute: a queue that expires with a message in it drops it. A RabbitMQ that is killed loses what has just fallen due.
 */
class DelayQueues implements Delays {
  /** RabbitMQ counts a queue's own expiry in 32 bits. */
  readonly longestMs = 20 * dayMs;
  readonly #connections: AmqpConnections;
  /** When each was declared, which renews its expiry, and that it has been. */
  readonly #declared = new Map<string, { readonly at: number; readonly done: Promise<void> }>();

  constructor(connections: AmqpConnections) {
    this.#connections = connections;
  }

  async detour({ exchange, routingKey }: Route, ms: number): Promise<Detour> {
    const rounded = roundDelay(ms);
    const name = delayQueue(rounded, exchange, routingKey);
    const declare = () => this.#declare(name, rounded, exchange, routingKey);
    const known = this.#declared.get(name);
    const isFresh = known !== undefined && this.#connections.publishing.clock.now() - known.at < minuteMs / 2;
    await (isFresh ? known.done : declare());
    return { exchange: "", routingKey: name, restore: declare };
  }

  forget(): void {
    this.#declared.clear();
  }

  async #declare(name: string, ms: number, exchange: string, routingKey: string): Promise<void> {
    const at = this.#connections.publishing.clock.now();
    if (this.#declared.size > 1000)
      for (const [old, known] of this.#declared) if (at - known.at > minuteMs) this.#declared.delete(old);
    const done = this.#connections.asking.withChannel("declaring a delay queue", async (channel) => {
      await channel.assertQueue(name, {
        durable: true,
        arguments: {
          // The virtual host's default may be quorum: on those a declaration does not renew the expiry.
          "x-queue-type": "classic",
          "x-dead-letter-exchange": exchange,
          "x-dead-letter-routing-key": routingKey,
          "x-message-ttl": ms,
          "x-expires": 2 * ms + minuteMs,
        },
      });
    });
    this.#declared.set(name, { at, done });
    try {
      await done;
    } catch (error) {
      this.#declared.delete(name);
      throw error;
    }
  }
}

/**
 * Machinery's `delayed_queue`: one queue, whose messages leave in the order in which they came: a short delay waits behind a long one. All
 * of them go on by one routing key, the default queue's; those of other queues wait as if there were no such queue.
 */
class SharedDelayQueue implements Delays {
  readonly longestMs = 20 * dayMs;
  readonly #connections: AmqpConnections;
  readonly #settings: AmqpBrokerSettings;
  /** For what goes to other queues. */
  readonly #others: Delays;
  #declared: Promise<void> | undefined;

  constructor(connections: AmqpConnections, settings: AmqpBrokerSettings, others: Delays) {
    this.#connections = connections;
    this.#settings = settings;
    this.#others = others;
  }

  async detour(route: Route, ms: number): Promise<Detour> {
    const { defaultQueue, exchangeType, delayedQueue } = this.#settings;
    if (route.queue !== defaultQueue || exchangeType !== "direct") return this.#others.detour(route, ms);
    const restore = () => this.#declare();
    this.#declared ??= restore();
    try {
      await this.#declared;
    } catch (error) {
      this.#declared = undefined;
      throw error;
    }
    return { exchange: "", routingKey: delayedQueue, expiration: Math.ceil(ms), restore };
  }

  forget(): void {
    this.#declared = undefined;
    this.#others.forget();
  }

  async #declare(): Promise<void> {
    const { exchange, bindingKey, delayedQueue } = this.#settings;
    await this.#connections.asking.withChannel("declaring the delayed queue", (channel) =>
      channel.assertQueue(delayedQueue, {
        durable: true,
        arguments: { "x-dead-letter-exchange": exchange, "x-dead-letter-routing-key": bindingKey },
      }),
    );
  }
}
