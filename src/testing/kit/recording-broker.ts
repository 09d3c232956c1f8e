import type {
  Broker,
  ConsumeOptions,
  Consumer,
  Delivery,
  Listening,
  Message,
  MessagePlace,
  Notice,
  NoticeListener,
  PublishOutcome,
  QueueInfo,
  Settlement,
  SettleOutcome,
  StoredMessage,
} from "../../brokers/broker.js";

/** A broker that remembers what goes in and how it ends. */
export class RecordingBroker implements Broker {
  readonly capabilities: Broker["capabilities"];
  /** What was published, in order. */
  readonly published: Message[] = [];
  /** How claims ended, in order. */
  readonly settled: Settlement[] = [];
  /** What is claimed now. */
  readonly claimed = new Set<Delivery>();
  readonly #broker: Broker;
  #changed: (() => void) | undefined;

  constructor(broker: Broker) {
    this.#broker = broker;
    this.capabilities = broker.capabilities;
  }

  /** Resolves with the next claim that ends, or, to `false`, with the signal. */
  nextSettled(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const aborted = () => resolve(false);
      if (signal.aborted) return aborted();
      signal.addEventListener("abort", aborted, { once: true });
      this.#changed = () => {
        signal.removeEventListener("abort", aborted);
        resolve(true);
      };
    });
  }

  /** The queues that something was sent to. */
  get queues(): string[] {
    return [...new Set(this.published.map(({ queue }) => queue))];
  }

  async publish(messages: readonly Message[]): Promise<PublishOutcome[]> {
    const outcomes = await this.#broker.publish(messages);
    this.published.push(...messages.filter((_, i) => outcomes[i]?.status === "ok"));
    return outcomes;
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const consumer = await this.#broker.consume(options);
    return {
      take: async (max, signal) => {
        const deliveries = await consumer.take(max, signal);
        for (const delivery of deliveries) this.claimed.add(delivery);
        return deliveries;
      },
      settle: async (settlements) => {
        const outcomes = await consumer.settle(settlements);
        this.#end(settlements, outcomes);
        return outcomes;
      },
      close: () => consumer.close(),
    };
  }

  #end(settlements: readonly Settlement[], outcomes: readonly SettleOutcome[]): void {
    for (const settlement of settlements) this.claimed.delete(settlement.delivery);
    this.settled.push(...settlements.filter((_, i) => outcomes[i] === "ok"));
    this.#changed?.();
  }

  declare(queues: readonly string[]): Promise<void> {
    return this.#broker.declare(queues);
  }

  inspect(queue: string): Promise<QueueInfo> {
    return this.#broker.inspect(queue);
  }

  peek(queue: string, where: MessagePlace, limit: number): Promise<StoredMessage[]> {
    return this.#broker.peek(queue, where, limit);
  }

  redrive(queue: string, limit: number): Promise<number> {
    return this.#broker.redrive(queue, limit);
  }

  purge(queue: string, where: MessagePlace): Promise<number> {
    return this.#broker.purge(queue, where);
  }

  notify(notices: readonly Notice[]): Promise<void> {
    return this.#broker.notify(notices);
  }

  listen(topic: string, listener: NoticeListener): Promise<Listening> {
    return this.#broker.listen(topic, listener);
  }

  close(): Promise<void> {
    return this.#broker.close();
  }
}
