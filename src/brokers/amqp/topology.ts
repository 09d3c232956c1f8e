import type { Channel } from "amqplib";
import type { AmqpConnections } from "../../amqp/connections.js";
import { replyCode } from "../../amqp/failure.js";
import { MachineryError } from "../../errors.js";
import { checkQueueName, deadExchange, deadQueue } from "./names.js";
import { type AmqpBrokerSettings, isQuorum, type QueueArguments } from "./settings.js";

/** How to reach a queue. */
export interface Route {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** Declares the queue again. */
  readonly restore: () => Promise<void>;
}

/**
 * Machinery's exchange, queues and bindings: declared as Go Machinery declares them, remembered, and declared again after a connection was
 * lost. Every queue has another one for its dead letters.
 */
export class Topology {
  readonly settings: AmqpBrokerSettings;
  readonly #connections: AmqpConnections;
  readonly #routes = new Map<string, Route>();
  /** The queues asked for: what a RabbitMQ that lost them is told again. */
  readonly #declared = new Set<string>();

  constructor(connections: AmqpConnections, settings: AmqpBrokerSettings) {
    this.#connections = connections;
    this.settings = settings;
  }

  /** The way by the exchange, as a sender goes. */
  route(name: string): Route {
    let route = this.#routes.get(name);
    if (route === undefined) {
      checkQueueName(name);
      const queue = this.resolve(name);
      const { exchange } = this.settings;
      route = { queue, exchange, routingKey: this.#routingKey(queue), restore: () => this.#declare([queue]) };
      this.#routes.set(name, route);
    }
    return route;
  }

  /** The way into that very queue, whatever the exchange would make of it. */
  direct(name: string): Route {
    const { queue, restore } = this.route(name);
    return { queue, exchange: "", routingKey: queue, restore };
  }

  /**
   * A name as the queue that it means: on a direct exchange Go senders put the binding key into messages that name no queue, and what
   * replies to them must not go to a queue of that name.
   */
  resolve(name: string): string {
    const { defaultQueue, bindingKey } = this.settings;
    return this.#isDirect && name === bindingKey ? defaultQueue : name;
  }

  async declare(names: readonly string[]): Promise<void> {
    const queues = new Set(names.map((name) => this.route(name).queue));
    if (queues.size === 0) return;
    await this.#declare([...queues]);
    for (const queue of queues) this.#declared.add(queue);
  }

  /** All that was ever declared, once more. What cannot be is found out when it is used. */
  async restore(): Promise<void> {
    await this.#declare([...this.#declared]).catch(() => {});
  }

  #declare(queues: readonly string[]): Promise<void> {
    return this.#connections.asking.withChannel("declaring queues", async (channel) => {
      await this.#declareExchange(channel);
      for (const queue of queues) await this.#declareQueue(channel, queue);
    });
  }

  async #declareExchange(channel: Channel): Promise<void> {
    const { exchange, exchangeType, existingQueues } = this.settings;
    if (existingQueues === "accept" && (await this.#exists((one) => one.checkExchange(exchange)))) return;
    await channel.assertExchange(exchange, exchangeType, { durable: true });
  }

  async #declareQueue(channel: Channel, queue: string): Promise<void> {
    const { exchange, existingQueues, autoDelete, queueBindingArgs } = this.settings;
    const isThere = existingQueues === "accept" && (await this.#exists((one) => one.checkQueue(queue)));
    const dead = deadQueue(queue);
    await channel.assertQueue(dead, { durable: true, arguments: { "x-queue-type": "classic" } });
    if (isQuorum(this.settings)) {
      await channel.assertExchange(deadExchange(exchange), "direct", { durable: true });
      await channel.bindQueue(dead, deadExchange(exchange), dead);
    }
    if (!isThere) await channel.assertQueue(queue, { durable: true, autoDelete, arguments: this.declareArgs(queue) });
    for (const key of this.#bindingKeys(queue)) await channel.bindQueue(queue, exchange, key, queueBindingArgs);
  }

  async #exists(check: (channel: Channel) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#connections.asking.withChannel("looking for what is there", check);
      return true;
    } catch (error) {
      if (error instanceof MachineryError && replyCode(error.cause) === 404) return false;
      throw error;
    }
  }

  /** A quorum queue drops a message that was given back too often, unless it has somewhere to put it. */
  declareArgs(queue: string): QueueArguments {
    const { queueDeclareArgs, exchange } = this.settings;
    // Said although it is the default: that of a virtual host may be quorum, and those lack what stands below.
    if (!isQuorum(this.settings)) return { "x-queue-type": "classic", ...queueDeclareArgs };
    return {
      "x-delivery-limit": 20,
      "x-dead-letter-exchange": deadExchange(exchange),
      "x-dead-letter-routing-key": deadQueue(queue),
      "x-dead-letter-strategy": "at-least-once",
      "x-overflow": "reject-publish",
      ...queueDeclareArgs,
    };
  }

  #routingKey(queue: string): string {
    const { defaultQueue, bindingKey } = this.settings;
    return this.#isDirect && queue === defaultQueue ? bindingKey : queue;
  }

  /** Go binds the default queue by the binding key; a message that names no queue has that key, or, beyond direct exchanges, the queue's name. */
  #bindingKeys(queue: string): readonly string[] {
    const { defaultQueue, bindingKey, exchangeType } = this.settings;
    if (queue !== defaultQueue) return [queue];
    return exchangeType === "topic" ? [bindingKey, queue] : [bindingKey];
  }

  get #isDirect(): boolean {
    return this.settings.exchangeType === "direct";
  }
}
