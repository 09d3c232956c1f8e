import { MachineryError, preview } from "../errors.js";
import type { StoreOptions } from "../store/store.js";
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
import { BrokerStore } from "./file/broker-store.js";
import { FileConsumer } from "./file/consumer.js";
import { packEntry } from "./file/entry.js";

export const fileBrokerCapabilities: BrokerCapabilities = Object.freeze({
  delayed: true,
  delayResolutionMs: 1,
  priority: true,
  persistent: true,
  shared: true,
  notices: true,
  atomicSettle: true,
  keepsPlace: true,
  countsClaimed: true,
  showsDelayed: true,
  showsPending: true,
});

export type FileBrokerOptions = StoreOptions;

/**
 * Opens a broker whose queues live in a folder, for any number of processes of this machine.
 * @throws MachineryError `ERR_STORE` if the folder cannot be used
 */
export function openFileBroker(options: FileBrokerOptions): Broker {
  return new FileBroker(options);
}

const highestPriority = 255;
const published: PublishOutcome = Object.freeze({ status: "ok" });

class FileBroker implements Broker {
  readonly capabilities = fileBrokerCapabilities;
  readonly #store: BrokerStore;
  readonly #consumers = new Set<FileConsumer>();
  #closed = false;

  constructor(options: FileBrokerOptions) {
    this.#store = new BrokerStore(options);
  }

  async declare(queues: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    for (const name of queues) this.#store.tables.queueNumber(name);
  }

  async publish(messages: readonly Message[]): Promise<PublishOutcome[]> {
    this.#mustBeOpen();
    const outcomes: PublishOutcome[] = new Array(messages.length).fill(published);
    const queues = new Map<string, number>();
    let accepted = 0;
    for (let i = 0; i < messages.length; i++) {
      const error = this.#refusal(messages[i]!, queues);
      if (error === undefined) accepted++;
      else outcomes[i] = { status: "error", error };
    }
    if (accepted === 0) return outcomes;
    try {
      this.#store.transact(() => this.#append(messages, outcomes, queues, accepted));
    } catch (error) {
      return outcomes.map((outcome) => (outcome === published ? { status: "error", error: error as Error } : outcome));
    }
    this.#store.ring(queues.values());
    return outcomes;
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#mustBeOpen();
    const consumer = new FileConsumer(this.#store, options, (closed) => this.#consumers.delete(closed));
    this.#consumers.add(consumer);
    return consumer;
  }

  async inspect(queue: string): Promise<QueueInfo> {
    this.#mustBeOpen();
    const number = this.#store.tables.queueNumber(queue);
    this.#store.refresh();
    return this.#store.tables.inspect(number, this.#store.clock.now());
  }

  async peek(queue: string, where: MessagePlace, limit: number): Promise<StoredMessage[]> {
    this.#mustBeOpen();
    this.#promote(this.#store.tables.queueNumber(queue));
    return this.#store.tables.peek(queue, where, limit);
  }

  async redrive(queue: string, limit: number): Promise<number> {
    this.#mustBeOpen();
    const number = this.#store.tables.queueNumber(queue);
    const moved = this.#store.transact(() => this.#store.tables.redrive(number, limit));
    if (moved > 0) this.#store.ring([number]);
    return moved;
  }

  async purge(queue: string, where: MessagePlace): Promise<number> {
    this.#mustBeOpen();
    const number = this.#store.tables.queueNumber(queue);
    this.#promote(number);
    let count = 0;
    for (;;) {
      const deleted = this.#store.transact(() => this.#store.tables.purge(number, where));
      if (deleted === 0) return count;
      count += deleted;
    }
  }

  async notify(notices: readonly Notice[]): Promise<void> {
    this.#mustBeOpen();
    if (notices.length === 0) return;
    try {
      this.#store.transact(() => this.#store.notices.record(notices));
    } catch {
      return; // A notice may be lost.
    }
    this.#store.notices.announce();
  }

  async listen(topic: string, listener: NoticeListener): Promise<Listening> {
    this.#mustBeOpen();
    const end = this.#store.notices.listen(topic, listener);
    return { close: async () => end() };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      for (const consumer of this.#consumers) await consumer.close();
    } finally {
      await this.#store.close();
    }
  }

  #append(
    messages: readonly Message[],
    outcomes: readonly PublishOutcome[],
    queues: ReadonlyMap<string, number>,
    count: number,
  ): void {
    const now = this.#store.clock.now();
    let sequence = this.#store.tables.nextNumber("sequence", count);
    for (let i = 0; i < messages.length; i++) {
      if (outcomes[i] !== published) continue;
      const { queue, body, priority = 0, notBefore = 0 } = messages[i]!;
      const entry = packEntry(queues.get(queue)!, priority, 0, body);
      if (notBefore > now) this.#store.tables.delay(entry, notBefore, sequence++);
      else this.#store.tables.append(entry, sequence++);
    }
  }

  /** What has fallen due counts as pending, wherever it stands. */
  #promote(queue: number): void {
    const now = this.#store.clock.now();
    this.#store.refresh();
    const due = this.#store.tables.nextDelayed(queue);
    if (due <= now) this.#store.transact(() => this.#store.tables.promoteDue(queue, now));
  }

  #refusal({ queue, body, priority = 0 }: Message, queues: Map<string, number>): MachineryError | undefined {
    if (body.byteLength === 0) return new MachineryError("ERR_BROKER", "An empty message cannot be published.");
    if (!Number.isInteger(priority) || priority < 0 || priority > highestPriority) {
      return new MachineryError("ERR_BROKER", `The priority ${preview(priority)} is not an integer from 0 to ${highestPriority}.`);
    }
    if (queues.has(queue)) return undefined;
    try {
      queues.set(queue, this.#store.tables.queueNumber(queue));
      return undefined;
    } catch (error) {
      return error as MachineryError;
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "The file broker was closed before.");
  }
}
