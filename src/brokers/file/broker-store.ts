import type { ProcessIdentity } from "../../store/process-identity.js";
import { acquireStore, type Records, releaseStore, type Store, type StoreOptions } from "../../store/store.js";
import { type Clock, systemClock } from "../../util/clock.js";
import { Notices } from "./notices.js";
import { BrokerTables } from "./tables.js";

/** What the store knows of a consumer. */
export interface ConsumerRecord {
  /** Raised by every sign of life. */
  readonly beat: number;
  readonly leaseMs: number;
  readonly process: ProcessIdentity;
}

const topicOf = (queue: number): string => `queue-${queue}`;

/** The store as one broker uses it: its tables, its consumers, its notices, and the bell of each queue. */
export class BrokerStore {
  readonly tables: BrokerTables;
  /** By number. */
  readonly consumers: Records<ConsumerRecord>;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly #store: Store;
  readonly #sync: boolean;

  constructor(options: StoreOptions) {
    this.#store = acquireStore(options);
    this.#sync = options.sync ?? false;
    this.clock = options.clock ?? systemClock;
    this.tables = new BrokerTables(this.#store);
    this.consumers = this.#store.records("consumers");
    this.notices = new Notices(this.#store);
  }

  transact<T>(write: () => T): T {
    return this.#store.transact(this.#sync, write);
  }

  refresh(): void {
    this.#store.refresh();
  }

  check(): void {
    this.#store.check();
  }

  /** Wakes whoever waits for these queues, in any process. */
  ring(queues: Iterable<number>): void {
    for (const queue of queues) this.#store.bell.ring(topicOf(queue));
  }

  listen(queue: number, fn: () => void): () => void {
    return this.#store.bell.listen(topicOf(queue), fn);
  }

  close(): Promise<void> {
    this.notices.close();
    return releaseStore(this.#store);
  }
}
