import { AmqpConnections } from "../amqp/connections.js";
import { amqpFailure } from "../amqp/failure.js";
import type { Outgoing } from "../amqp/letter.js";
import { Publisher } from "../amqp/publisher.js";
import { MachineryError } from "../errors.js";
import { systemClock } from "../util/clock.js";
import { AmqpConsumer } from "./amqp/consumer.js";
import { Copies } from "./amqp/copies.js";
import { openDelays } from "./amqp/delays.js";
import type { Delays } from "./amqp/detour.js";
import { examine } from "./amqp/examine.js";
import { Looks } from "./amqp/looks.js";
import { bodyOf, optionsOf } from "./amqp/message-options.js";
import { deadQueue, noticesExchange } from "./amqp/names.js";
import { Notices } from "./amqp/notices.js";
import { ServerLife } from "./amqp/server-life.js";
import {
  type AmqpBrokerOptions,
  type AmqpBrokerSettings,
  defaultAmqpBrokerSettings,
  hasPriorities,
  isQuorum,
} from "./amqp/settings.js";
import { StoredMessages } from "./amqp/stored.js";
import { Topology } from "./amqp/topology.js";
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

export type { AmqpBrokerOptions } from "./amqp/settings.js";

/** What RabbitMQ can do, which depends on how its queues are declared: priorities want `x-max-priority`, quorum queues cannot be peeked at. */
export function capabilitiesOf(options: Partial<AmqpBrokerSettings> = {}): BrokerCapabilities {
  const settings = { ...defaultAmqpBrokerSettings, ...options };
  return Object.freeze({
    delayed: true,
    delayResolutionMs: 100,
    priority: hasPriorities(settings),
    persistent: true,
    shared: true,
    notices: true,
    atomicSettle: false,
    keepsPlace: false,
    countsClaimed: false,
    showsDelayed: false,
    showsPending: !isQuorum(settings),
  });
}

/** With Machinery's defaults. */
export const amqpBrokerCapabilities: BrokerCapabilities = capabilitiesOf();

/**
 * Opens a broker on RabbitMQ.
 * @throws MachineryError `ERR_BROKER` if none of the endpoints can be reached, or RabbitMQ refuses user or virtual host
 */
export async function openAmqpBroker(options: AmqpBrokerOptions): Promise<Broker> {
  const connections = await AmqpConnections.acquire(options.address, options.clock ?? systemClock);
  return new AmqpBroker(connections, options);
}

const lookedTopic = "x-machinery-looked";

class AmqpBroker implements Broker {
  readonly capabilities: BrokerCapabilities;
  readonly #connections: AmqpConnections;
  readonly #topology: Topology;
  readonly #publisher: Publisher;
  readonly #delays: Delays;
  readonly #copies: Copies;
  readonly #looks = new Looks();
  readonly #life: ServerLife;
  readonly #stored: StoredMessages;
  readonly #notices: Notices;
  readonly #consumers = new Set<AmqpConsumer>();
  #hearsOfLooks = false;
  #closing: Promise<void> | undefined;

  constructor(connections: AmqpConnections, options: AmqpBrokerOptions) {
    const settings: AmqpBrokerSettings = { ...defaultAmqpBrokerSettings, ...options };
    const { publishing } = connections;
    this.capabilities = capabilitiesOf(settings);
    this.#connections = connections;
    this.#topology = new Topology(connections, settings);
    this.#delays = openDelays(connections, settings);
    this.#publisher = new Publisher(publishing, {
      ...(options.publishDeadlineMs !== undefined && { deadlineMs: options.publishDeadlineMs }),
      setUp: async () => {
        this.#delays.forget();
        await this.#topology.restore();
        await this.#notices.restore();
      },
    });
    this.#life = new ServerLife(connections);
    this.#copies = new Copies(this.#topology, this.#delays, publishing.clock);
    this.#stored = new StoredMessages(connections, this.#publisher, this.#copies, this.#looks);
    this.#notices = new Notices(connections, this.#publisher, noticesExchange(settings.exchange));
  }

  async declare(queues: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    await this.#topology.declare(queues);
  }

  async publish(messages: readonly Message[]): Promise<PublishOutcome[]> {
    this.#mustBeOpen();
    const outcomes: PublishOutcome[] = new Array(messages.length);
    const ready: Outgoing[] = new Array(messages.length);
    const delayed: Promise<void>[] = [];
    const { clock, place } = this.#connections.publishing;
    const now = clock.now();
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i]!;
      const refuse = (error: unknown): void => {
        outcomes[i] = { status: "error", error: amqpFailure(error, place) };
      };
      if (message.notBefore !== undefined && message.notBefore > now) {
        const keep = (outgoing: Outgoing): void => {
          ready[i] = outgoing;
        };
        delayed.push(this.#later(message, now).then(keep, refuse));
        continue;
      }
      try {
        ready[i] = this.#now(message);
      } catch (error) {
        refuse(error);
      }
    }
    if (delayed.length > 0) await Promise.all(delayed);
    // Those that were refused are holes in it.
    const answers = await this.#publisher.publish(ready.filter(() => true));
    let answered = 0;
    for (let i = 0; i < messages.length; i++) outcomes[i] ??= answers[answered++]!;
    return outcomes;
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#mustBeOpen();
    await this.#connections.consuming.open();
    await this.#topology.declare(options.queues);
    await this.#hearOfLooks();
    const parts = {
      connection: this.#connections.consuming,
      publisher: this.#publisher,
      topology: this.#topology,
      copies: this.#copies,
      looks: this.#looks,
      life: this.#life,
    };
    const consumer = new AmqpConsumer(parts, options, (closed) => this.#consumers.delete(closed));
    this.#consumers.add(consumer);
    return consumer;
  }

  async inspect(name: string): Promise<QueueInfo> {
    this.#mustBeOpen();
    const { queue } = this.#topology.route(name);
    let waiting = 0;
    for (const consumer of this.#consumers) waiting += await consumer.countWaiting(queue);
    const pending = waiting + (await this.#stored.count(queue));
    return { pending, delayed: null, claimed: null, dead: await this.#stored.count(deadQueue(queue)) };
  }

  async peek(name: string, where: MessagePlace, limit: number): Promise<StoredMessage[]> {
    this.#mustBeOpen();
    const { queue } = this.#topology.route(name);
    if (where === "delayed") throw hidden("delayed messages");
    if (where === "dead") return this.#stored.dead(name, queue, limit);
    if (!this.capabilities.showsPending) throw hidden("what waits in a quorum queue: each look would count as a failed delivery");
    return this.#stored.pending(name, queue, limit, (ids) => this.#tellLooked(ids));
  }

  async redrive(name: string, limit: number): Promise<number> {
    this.#mustBeOpen();
    return this.#stored.redrive(this.#topology.route(name).queue, limit);
  }

  async purge(name: string, where: MessagePlace): Promise<number> {
    this.#mustBeOpen();
    const { queue } = this.#topology.route(name);
    if (where === "delayed") throw hidden("delayed messages");
    if (where === "dead") return this.#stored.purge(deadQueue(queue));
    let count = 0;
    for (const consumer of this.#consumers) count += await consumer.purgeWaiting(queue);
    return count + (await this.#stored.purge(queue));
  }

  async examine(names: readonly string[], longestTaskMs?: number): Promise<readonly string[]> {
    this.#mustBeOpen();
    return examine(this.#connections.asking, this.#topology, names, longestTaskMs);
  }

  async notify(notices: readonly Notice[]): Promise<void> {
    this.#mustBeOpen();
    await this.#notices.notify(notices);
  }

  async listen(topic: string, listener: NoticeListener): Promise<Listening> {
    this.#mustBeOpen();
    await this.#connections.consuming.open();
    return this.#notices.listen(topic, listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#notices.close();
    await this.#publisher.close();
    await this.#connections.release();
  }

  #now(message: Message): Outgoing {
    const { exchange, routingKey, restore } = this.#topology.route(message.queue);
    const body = bodyOf(message);
    return { exchange, routingKey, body, options: optionsOf(message, body, this.capabilities.priority), restore };
  }

  async #later(message: Message, now: number): Promise<Outgoing> {
    const body = bodyOf(message);
    const route = this.#topology.route(message.queue);
    return this.#copies.delayedMessage(route, message.notBefore!, now, body, optionsOf(message, body, this.capabilities.priority));
  }

  /** Consumers of other processes may be about to get what is looked at here. */
  async #hearOfLooks(): Promise<void> {
    if (this.#hearsOfLooks) return;
    this.#hearsOfLooks = true;
    await this.#notices.listen(lookedTopic, (body) => {
      try {
        this.#looks.add((JSON.parse(Buffer.from(body).toString()) as unknown[]).filter((id) => typeof id === "string"));
      } catch {
        // Not from here.
      }
    });
  }

  async #tellLooked(ids: readonly string[]): Promise<void> {
    const bodies: Buffer[] = [];
    for (let i = 0; i < ids.length; i += 200) bodies.push(Buffer.from(JSON.stringify(ids.slice(i, i + 200))));
    await this.#notices.notify(bodies.map((body) => ({ topic: lookedTopic, body })));
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new MachineryError("ERR_CLOSED", "The AMQP broker was closed before.");
  }
}

function hidden(what: string): MachineryError {
  return new MachineryError("ERR_UNSUPPORTED", `RabbitMQ does not show ${what}.`);
}
