import type { Clock } from "../../util/clock.js";
import { MemoryQueue } from "./queue.js";

/** The queues of one name, shared by all who have it open. */
export class MemoryStore {
  readonly clock: Clock;
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

  dispose(): void {
    for (const queue of this.#queues.values()) queue.dispose();
  }
}
