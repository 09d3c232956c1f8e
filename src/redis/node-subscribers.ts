import type { Redis } from "ioredis";
import { Subscriber } from "./subscriber.js";

export interface NodeSubscribersParts {
  /** A new client for the node of that name. */
  makeClient(node: string): Promise<Redis>;
  readonly connectMs: number;
  readonly answerMs: number;
}

/** The nodes of a cluster tell of their own keys only: a subscriber at each of which that is wanted. */
export class NodeSubscribers {
  readonly #parts: NodeSubscribersParts;
  readonly #byNode = new Map<string, Subscriber>();

  constructor(parts: NodeSubscribersParts) {
    this.#parts = parts;
  }

  at(node: string): Subscriber {
    let subscriber = this.#byNode.get(node);
    if (subscriber === undefined) {
      const { connectMs, answerMs } = this.#parts;
      subscriber = new Subscriber({ makeClient: () => this.#parts.makeClient(node), connectMs, answerMs });
      this.#byNode.set(node, subscriber);
    }
    return subscriber;
  }

  /** Leaves those that are no nodes any more. */
  keep(nodes: ReadonlySet<string>): void {
    for (const [node, subscriber] of this.#byNode) {
      if (nodes.has(node)) continue;
      this.#byNode.delete(node);
      void subscriber.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byNode.values()].map((subscriber) => subscriber.close()));
  }
}
