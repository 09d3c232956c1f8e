import { MachineryError, preview } from "../errors.js";
import { type Clock, systemClock } from "../util/clock.js";
import { NamedStores } from "../util/named-stores.js";
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
import { MemoryConsumer } from "./memory/consumer.js";
import { Entry } from "./memory/entry.js";
import { MemoryStore } from "./memory/store.js";

export const memoryBrokerCapabilities: BrokerCapabilities = Object.freeze({
  delayed: true,
  delayResolutionMs: 1,
  priority: true,
  persistent: false,
  shared: false,
  notices: true,
  atomicSettle: true,
  keepsPlace: true,
  countsClaimed: true,
  showsDelayed: true,
  showsPending: true,
});

export interface MemoryBrokerOptions {
  /** Brokers of one name in one process share their queues, which go when the last of them closes. Default `"default"`. */
  readonly name?: string;
  /** What leases and delays go by. Default: the system's; the first that opens a name decides. */
  readonly clock?: Clock;
}

/** Opens a broker whose queues live in this process and end with it. It keeps no process alive by itself. */
export function openMemoryBroker(options: MemoryBrokerOptions = {}): Broker {
  return new MemoryBroker(options.name ?? "default", options.clock ?? systemClock);
}

const stores = new NamedStores<MemoryStore>();
const highestPriority = 255;
const published: PublishOutcome = Object.freeze({ status: "ok" });

class MemoryBroker implements Broker {
  readonly capabilities = memoryBrokerCapabilities;
  readonly #name: string;
  readonly #store: MemoryStore;
  readonly #consumers = new Set<MemoryConsumer>();
  readonly #listenings = new Set<() => void>();
  #closed = false;

  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#store = stores.acquire(name, () => new MemoryStore(clock));
  }

  async declare(queues: readonly string[]): Promise<void> {
    for (const name of queues) this.#queue(name);
  }

  async publish(messages: readonly Message[]): Promise<PublishOutcome[]> {
    this.#mustBeOpen();
    const outcomes: PublishOutcome[] = new Array(messages.length);
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i]!;
      const error = refusal(message);
      if (error === undefined) {
        const { queue, body, priority = 0, notBefore } = message;
        this.#store.queue(queue).append(new Entry(queue, body, priority, 0), notBefore);
      }
      outcomes[i] = error === undefined ? published : { status: "error", error };
    }
    return outcomes;
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const queues = options.queues.map((name) => this.#queue(name));
    const consumer = new MemoryConsumer(queues, this.#store.clock, options, (closed) => this.#consumers.delete(closed));
    this.#consumers.add(consumer);
    return consumer;
  }

  async inspect(queue: string): Promise<QueueInfo> {
    return this.#queue(queue).inspect();
  }

  async peek(queue: string, where: MessagePlace, limit: number): Promise<StoredMessage[]> {
    return this.#queue(queue).peek(where, limit);
  }

  async redrive(queue: string, limit: number): Promise<number> {
    return this.#queue(queue).redrive(limit);
  }

  async purge(queue: string, where: MessagePlace): Promise<number> {
    return this.#queue(queue).purge(where);
  }

  async notify(notices: readonly Notice[]): Promise<void> {
    this.#mustBeOpen();
    this.#store.notify(notices);
  }

  async listen(topic: string, listener: NoticeListener): Promise<Listening> {
    this.#mustBeOpen();
    const end = this.#store.topics.listen(topic, listener);
    this.#listenings.add(end);
    return {
      close: async () => {
        end();
        this.#listenings.delete(end);
      },
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of this.#listenings) end();
    for (const consumer of this.#consumers) await consumer.close();
    if (stores.release(this.#name)) this.#store.dispose();
  }

  #queue(name: string): ReturnType<MemoryStore["queue"]> {
    this.#mustBeOpen();
    return this.#store.queue(name);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "The memory broker was closed before.");
  }
}

function refusal({ body, priority }: Message): MachineryError | undefined {
  if (body.byteLength === 0) return new MachineryError("ERR_BROKER", "An empty message cannot be published.");
  if (priority === undefined || priority === 0) return undefined;
  if (Number.isInteger(priority) && priority > 0 && priority <= highestPriority) return undefined;
  return new MachineryError("ERR_BROKER", `The priority ${preview(priority)} is not an integer from 0 to ${highestPriority}.`);
}
