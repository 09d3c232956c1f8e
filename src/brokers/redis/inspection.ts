import type { RedisLink } from "../../redis/link.js";
import { systemClock } from "../../util/clock.js";
import type { MessagePlace, QueueInfo, StoredMessage } from "../broker.js";
import { readDeadLetter } from "./dead-letter.js";
import type { Delayed } from "./delayed.js";
import type { QueueKeys } from "./queue-keys.js";
import { count, empty, redrive } from "./queue-scripts.js";

export interface InspectionParts {
  readonly redis: RedisLink;
  readonly delayed: Delayed;
  /** The keys of a queue; throws if its name cannot be one. */
  readonly keysOf: (queue: string) => QueueKeys;
}

/** How many dead letters one script moves. */
const mostAtOnce = 1_000;

/** What people see and do beside the workers. What is due counts as pending, wherever it stands. */
export class Inspection {
  readonly #parts: InspectionParts;

  constructor(parts: InspectionParts) {
    this.#parts = parts;
  }

  async inspect(queue: string): Promise<QueueInfo> {
    const { name, workers, dead, heldPrefix } = this.#parts.keysOf(queue);
    const answer = (await this.#parts.redis.run(count, [name, workers, dead], [heldPrefix])) as [number, number, number];
    const now = systemClock.now();
    let [due, delayed] = [0, 0];
    for await (const { notBefore } of this.#parts.delayed.of(queue)) {
      if (notBefore > now) delayed++;
      else due++;
    }
    return { pending: answer[0] + due, delayed, claimed: answer[1], dead: answer[2] };
  }

  async peek(queue: string, where: MessagePlace, limit: number): Promise<StoredMessage[]> {
    const keys = this.#parts.keysOf(queue);
    if (limit <= 0) return [];
    if (where === "dead") {
      return (await this.#range(keys.dead, limit)).map((letter) => {
        const { body, reason, at } = readDeadLetter(letter);
        return { queue, body, dead: { reason, at } };
      });
    }
    const seen: StoredMessage[] = where === "delayed" ? [] : (await this.#range(queue, limit)).map((body) => ({ queue, body }));
    const now = systemClock.now();
    for await (const { body, notBefore } of this.#parts.delayed.of(queue)) {
      if (seen.length >= limit) break;
      if (where === "delayed" && notBefore > now) seen.push({ queue, body, notBefore });
      if (where === "pending" && notBefore <= now) seen.push({ queue, body });
    }
    return seen;
  }

  async redrive(queue: string, limit: number): Promise<number> {
    const { name, crashes, dead } = this.#parts.keysOf(queue);
    let total = 0;
    while (total < limit) {
      const moved = Number(await this.#parts.redis.run(redrive, [name, crashes, dead], [Math.min(limit - total, mostAtOnce)]));
      if (moved === 0) break;
      total += moved;
    }
    return total;
  }

  async purge(queue: string, where: MessagePlace): Promise<number> {
    const keys = this.#parts.keysOf(queue);
    if (where === "dead") return Number(await this.#parts.redis.run(empty, [keys.dead], []));
    const now = systemClock.now();
    const bodies: Buffer[] = [];
    for await (const { body, notBefore } of this.#parts.delayed.of(queue)) {
      if (notBefore > now === (where === "delayed")) bodies.push(body);
    }
    const deleted = await this.#parts.delayed.delete(bodies);
    return where === "delayed" ? deleted : deleted + Number(await this.#parts.redis.run(empty, [queue], []));
  }

  async #range(key: string, limit: number): Promise<Buffer[]> {
    return (await this.#parts.redis.call("LRANGE", key, 0, limit - 1)) as Buffer[];
  }
}
