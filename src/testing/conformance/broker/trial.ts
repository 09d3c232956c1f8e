import type {
  Broker,
  ConsumeOptions,
  Consumer,
  Delivery,
  Message,
  QueueInfo,
  Settlement,
  SettleOutcome,
} from "../../../brokers/broker.js";
import { namespaceOf } from "../namespace.js";
import { defaultPatienceMs, within } from "../patience.js";
import type { Assertions, TestFunction } from "../test-function.js";
import type { BrokerStage, BrokerSubject } from "./subject.js";

/** One test's own broker with an empty queue, and the few lines that most tests begin with. */
export class BrokerTrial {
  readonly subject: BrokerSubject;
  readonly stage: BrokerStage;
  readonly broker: Broker;
  /** Declared and empty. */
  readonly queue: string;
  readonly #t: Assertions;
  readonly #namespace: string;
  readonly #brokers: Broker[];
  #published = 0;

  private constructor(t: Assertions, subject: BrokerSubject, stage: BrokerStage, namespace: string, broker: Broker) {
    this.#t = t;
    this.subject = subject;
    this.stage = stage;
    this.#namespace = namespace;
    this.broker = broker;
    this.#brokers = [broker];
    this.queue = this.queueName("tasks");
  }

  /** Registers a test that gets a trial of its own. */
  static test(
    test: TestFunction,
    subject: BrokerSubject,
    title: string,
    body: (t: Assertions, trial: BrokerTrial) => Promise<void>,
  ) {
    test(`${subject.name}: ${title}`, async (t) => {
      const namespace = namespaceOf(subject.name, title);
      const stage = await subject.open(namespace);
      const trial = new BrokerTrial(t, subject, stage, namespace, await stage.connect());
      try {
        await trial.broker.declare([trial.queue]);
        await body(t, trial);
      } finally {
        await Promise.all(trial.#brokers.map((broker) => broker.close()));
        await stage.close?.();
      }
    });
  }

  queueName(suffix: string): string {
    return `${this.#namespace}.${suffix}`;
  }

  /** Another connection to the same queues. */
  async connect(): Promise<Broker> {
    const broker = await this.stage.connect();
    this.#brokers.push(broker);
    return broker;
  }

  message(body: string | Uint8Array, fields: Partial<Message> = {}): Message {
    const id = `task_${this.#namespace}_${this.#published++}`;
    return { id, queue: this.queue, body: typeof body === "string" ? Buffer.from(body) : body, ...fields };
  }

  /** Publishes texts in one batch; each must be accepted. */
  async publish(texts: readonly string[], fields: Partial<Message> = {}): Promise<void> {
    const outcomes = await this.broker.publish(texts.map((text) => this.message(text, fields)));
    this.#t.deepEqual(
      outcomes,
      texts.map(() => ({ status: "ok" })),
      "every message is accepted",
    );
  }

  consume(options: Partial<ConsumeOptions> = {}, broker: Broker = this.broker): Promise<Consumer> {
    return broker.consume({ queues: [this.queue], capacity: 100, leaseMs: this.subject.leaseMs, ...options });
  }

  /** A take that must bring something in time, and not too much. */
  async take(consumer: Consumer, max = 1): Promise<Delivery[]> {
    const deliveries = await this.within("A delivery", consumer.take(max));
    this.#t.true(deliveries.length >= 1 && deliveries.length <= max, `take(${max}) brings ${deliveries.length}`);
    return deliveries;
  }

  /** The only delivery of a `take(1)`. */
  async takeOne(consumer: Consumer): Promise<Delivery> {
    const [delivery] = await this.take(consumer, 1);
    return delivery!;
  }

  /** Takes as often as it needs to have `count` deliveries. */
  async takeAll(consumer: Consumer, count: number): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    while (deliveries.length < count) deliveries.push(...(await this.take(consumer, count - deliveries.length)));
    return deliveries;
  }

  /** Settles, and asserts that every claim was still ours. */
  async settle(consumer: Consumer, settlements: readonly Settlement[]): Promise<void> {
    const outcomes = await this.within("The outcome of settle", consumer.settle(settlements));
    this.#t.deepEqual(
      outcomes,
      settlements.map((): SettleOutcome => "ok"),
      "every claim is ours",
    );
  }

  ack(consumer: Consumer, deliveries: readonly Delivery[]): Promise<void> {
    return this.settle(
      consumer,
      deliveries.map((delivery) => ({ delivery, as: "ack" })),
    );
  }

  /** Lets the consumer die and its lease run out. */
  async outlive(consumer: Consumer): Promise<void> {
    await this.stage.die(consumer);
    await this.stage.elapse(this.subject.leaseMs);
  }

  /** Asserts how many messages are where, as far as the broker can tell. */
  async counts(expected: { readonly [Place in keyof QueueInfo]: number }): Promise<void> {
    const { showsDelayed, countsClaimed } = this.subject.capabilities;
    this.#t.deepEqual(await this.broker.inspect(this.queue), {
      ...expected,
      ...(!showsDelayed && { delayed: null }),
      ...(!countsClaimed && { claimed: null }),
    });
  }

  /** Asserts that what came back stands before the others, or, where the broker keeps no places, at least in its own order. */
  cameBack(deliveries: readonly Delivery[], back: readonly string[], others: readonly string[]): void {
    const texts = textsOf(deliveries);
    if (this.subject.capabilities.keepsPlace) {
      this.#t.deepEqual(texts, [...back, ...others]);
      return;
    }
    this.#t.is(texts.length, back.length + others.length);
    for (const part of [back, others]) {
      this.#t.deepEqual(
        texts.filter((text) => part.includes(text)),
        part,
      );
    }
  }

  /** Lets time pass until nobody holds a claim any more: whoever takes back what the dead held may come a little later. */
  async claimsEnd(): Promise<void> {
    if (!this.subject.capabilities.countsClaimed) return;
    const polls = 50;
    for (let i = 0; i < polls; i++) {
      if ((await this.broker.inspect(this.queue)).claimed === 0) return;
      await this.stage.elapse(this.subject.leaseMs / 5);
    }
    this.#t.is((await this.broker.inspect(this.queue)).claimed, 0, "every claim has ended");
  }

  within<T>(what: string, promise: Promise<T>): Promise<T> {
    return within(this.subject.patienceMs ?? defaultPatienceMs, what, promise);
  }
}

/** Registers one test; the areas of the suite are functions of this. */
export type RegisterBrokerTest = (title: string, body: (t: Assertions, trial: BrokerTrial) => Promise<void>) => void;

export const textOf = ({ body }: { readonly body: Uint8Array }): string => Buffer.from(body).toString();
export const textsOf = (messages: readonly { readonly body: Uint8Array }[]): string[] => messages.map(textOf);
