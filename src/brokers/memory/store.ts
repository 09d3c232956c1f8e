import type { Clock } from "../../util/clock.js";
import { Topics } from "../../util/topics.js";
import type { Notice } from "../broker.js";
import { MemoryQueue } from "./queue.js";

/** The queues and notices of one name, shared by all who have it open. */
export class MemoryStore {
  readonly clock: Clock;
  readonly topics = new Topics<Uint8Array>();
  readonly #queues = new Map<string, MemoryQueue>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  queue(name: string): MemoryQueue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new MemoryQueue(name, this.clock);
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** A listener never runs inside the call that tells. */
  notify(notices: readonly Notice[]): void {
    queueMicrotask(() => {
      for (const { topic, body } of notices) this.topics.tell(topic, body);
    });
  }

  dispose(): void {
    for (const queue of this.#queues.values()) queue.dispose();
  }
}
