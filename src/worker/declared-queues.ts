import type { Broker } from "../brokers/broker.js";

const none: ReadonlyMap<string, Error> = new Map();

/** Declares each queue once, before the first message to it. */
export class DeclaredQueues {
  readonly #broker: Broker;
  readonly #declared = new Set<string>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Whether the queue has been declared here. */
  has(queue: string): boolean {
    return this.#declared.has(queue);
  }

  /** Resolves to the queues that cannot be used, each with the reason: one bad name is no harm to the others. */
  async declare(messages: Iterable<{ readonly queue: string }>): Promise<ReadonlyMap<string, Error>> {
    const missing = new Set<string>();
    for (const { queue } of messages) if (!this.#declared.has(queue)) missing.add(queue);
    if (missing.size === 0) return none;
    const error = await this.#try([...missing]);
    if (error === undefined) return none;
    if (missing.size === 1) return new Map([[[...missing][0]!, error]]);
    const failed = new Map<string, Error>();
    for (const queue of missing) {
      const reason = await this.#try([queue]);
      if (reason !== undefined) failed.set(queue, reason);
    }
    return failed;
  }

  async #try(queues: string[]): Promise<Error | undefined> {
    try {
      await this.#broker.declare(queues);
    } catch (error) {
      return error as Error;
    }
    for (const queue of queues) this.#declared.add(queue);
    return undefined;
  }
}
