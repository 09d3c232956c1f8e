import { createHash } from "node:crypto";
import type { CommandArgument } from "../../redis/command.js";
import type { RedisLink } from "../../redis/link.js";
import { arrived, bury, delay, drop, due, move, takeAside } from "./delayed-scripts.js";
import { DelayedKeys, type QueueKeys } from "./queue-keys.js";

/** A delayed message as it stands in the set. */
export interface DelayedMessage {
  readonly body: Buffer;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
}

export interface DelayedParts {
  readonly redis: RedisLink;
  readonly key: string;
  /** The queue of messages that name none. */
  readonly defaultQueue: string;
  /** The queue that a message names; `""` if it names none, `undefined` if it is no message. */
  readonly routingKeyOf: (body: Uint8Array) => string | undefined;
  /** The keys of a queue; throws if its name cannot be one. */
  readonly keysOf: (queue: string) => QueueKeys;
}

/** What a look at the set has shown. */
export interface DueLook {
  /** The server's time, milliseconds since the epoch. */
  readonly now: number;
  /** When the next one is due; `Infinity` if there is none. */
  readonly next: number;
  readonly moved: number;
}

/** How many messages one look moves. */
const mostAtOnce = 200;
/** How long the second phase of a move may take before somebody else does it again, in milliseconds. */
const movingMs = 30_000;
const pageSize = 500;
const nowhere = JSON.stringify("A delayed task that is no message of Machinery's, or names a queue that cannot be one.");

/**
 * Machinery's delayed tasks: one sorted set for all queues. What is due goes to the queue that the message itself names; where it came for
 * another one, that is kept beside it. Equal messages are one, as they are for Go.
 */
export class Delayed {
  readonly keys: DelayedKeys;
  readonly #parts: DelayedParts;
  #last = 0n;

  constructor(parts: DelayedParts) {
    this.#parts = parts;
    this.keys = new DelayedKeys(parts.key);
  }

  /**
   * The score of a message: nanoseconds since the epoch. A double holds every 256th; messages due in the same millisecond get ascending
   * ones, as far as they go, so that they keep their order.
   */
  score(notBefore: number): string {
    const start = BigInt(Math.ceil(notBefore)) * 1_000_000n;
    const next = this.#last >= start && this.#last < start + 999_000n ? this.#last + 256n : start;
    this.#last = next;
    return String(next);
  }

  /** The queue, if the message does not lead there by itself; else `""`. */
  override(queue: string, body: Uint8Array): string {
    const named = this.#parts.routingKeyOf(body);
    return named !== undefined && (named || this.#parts.defaultQueue) === queue ? "" : queue;
  }

  /** Adds messages, in order. */
  async add(messages: readonly { readonly queue: string; readonly body: Buffer; readonly notBefore: number }[]): Promise<void> {
    const args: CommandArgument[] = [];
    for (const { queue, body, notBefore } of messages) args.push(this.score(notBefore), this.override(queue, body), body);
    await this.#parts.redis.run(delay, [this.keys.set, this.keys.queues], args);
  }

  /** Moves some of what is due to its queues. */
  async moveDue(): Promise<DueLook> {
    const { redis } = this.#parts;
    const { set, queues, moving } = this.keys;
    const answer = (await redis.run(due, [set, queues, moving], [mostAtOnce])) as [Buffer, Buffer, Buffer[], Buffer[]];
    const [now, next, bodies, overrides] = answer;
    const moved = bodies.length === 0 ? 0 : await this.#move(bodies, overrides.map(String));
    // There may be more of them.
    const soonest = bodies.length === mostAtOnce ? 0 : next.length === 0 ? Number.POSITIVE_INFINITY : Math.ceil(Number(next) / 1e6);
    return { now: Number(now), next: soonest, moved };
  }

  /** The messages of a queue, the next one first. */
  async *of(queue: string): AsyncGenerator<DelayedMessage> {
    const { redis } = this.#parts;
    const overrides = new Map<string, string>();
    const stored = (await redis.call("HGETALL", this.keys.queues)) as Buffer[];
    for (let i = 0; i < stored.length; i += 2) overrides.set(String(stored[i]), String(stored[i + 1]));
    for (let start = 0; ; start += pageSize) {
      const page = (await redis.call("ZRANGE", this.keys.set, start, start + pageSize - 1, "WITHSCORES")) as Buffer[];
      for (let i = 0; i < page.length; i += 2) {
        const body = page[i]!;
        if (this.#queueOf(body, overrides.get(sha1(body))) !== queue) continue;
        yield { body, notBefore: milliseconds(page[i + 1]!) };
      }
      if (page.length < 2 * pageSize) return;
    }
  }

  /** Deletes messages; how many there were. */
  async delete(bodies: readonly Buffer[]): Promise<number> {
    let deleted = 0;
    for (let i = 0; i < bodies.length; i += pageSize) {
      deleted += Number(await this.#parts.redis.run(drop, [this.keys.set, this.keys.queues], bodies.slice(i, i + pageSize)));
    }
    return deleted;
  }

  /** Where a message goes; what is no message of Machinery's goes nowhere, and counts for the default queue. */
  #queueOf(body: Buffer, override: string | undefined): string {
    return override || this.#parts.routingKeyOf(body) || this.#parts.defaultQueue;
  }

  #move(bodies: readonly Buffer[], overrides: readonly string[]): Promise<number> {
    const targets = bodies.map((body, i) => this.#target(body, overrides[i]));
    return this.#parts.redis.isCluster ? this.#moveInTwo(bodies, targets) : this.#moveAtOnce(bodies, targets);
  }

  #target(body: Buffer, override: string | undefined): QueueKeys | undefined {
    const queue = override || this.#parts.routingKeyOf(body);
    if (queue === undefined) return undefined;
    try {
      return this.#parts.keysOf(queue || this.#parts.defaultQueue);
    } catch {
      return undefined;
    }
  }

  async #moveAtOnce(bodies: readonly Buffer[], targets: readonly (QueueKeys | undefined)[]): Promise<number> {
    const lists = new Map<string, number>();
    const args: CommandArgument[] = [nowhere];
    for (const [i, body] of bodies.entries()) {
      const list = targets[i]?.name;
      if (list !== undefined && !lists.has(list)) lists.set(list, lists.size + 1);
      args.push(list === undefined ? 0 : lists.get(list)!, body);
    }
    const { dead } = this.#parts.keysOf(this.#parts.defaultQueue);
    const keys = [this.keys.set, this.keys.queues, dead, ...lists.keys()];
    return Number(await this.#parts.redis.run(move, keys, args));
  }

  /**
   * Where the queues are in other slots: aside, to the queues, and out of the way. A death in between makes somebody else move it again,
   * and a message come twice at worst.
   */
  async #moveInTwo(bodies: readonly Buffer[], targets: readonly (QueueKeys | undefined)[]): Promise<number> {
    const { redis } = this.#parts;
    const taken = (await redis.run(takeAside, [this.keys.set, this.keys.moving], [movingMs, ...bodies])) as number[];
    const lists = new Map<string | undefined, Buffer[]>();
    for (const [i, body] of bodies.entries()) {
      if (taken[i] !== 1) continue;
      const name = targets[i]?.name;
      const list = lists.get(name);
      if (list === undefined) lists.set(name, [body]);
      else list.push(body);
    }
    await Promise.all(
      [...lists].map(async ([name, list]) => {
        if (name !== undefined) await redis.call("RPUSH", name, list);
        else await redis.run(bury, [this.#parts.keysOf(this.#parts.defaultQueue).dead], [nowhere, ...list]);
        await redis.run(arrived, [this.keys.queues, this.keys.moving], list);
      }),
    );
    return taken.reduce((sum, one) => sum + one, 0);
  }
}

const sha1 = (body: Buffer): string => createHash("sha1").update(body).digest("hex");

/** A score as milliseconds: it may have been rounded down a little. */
function milliseconds(score: Buffer): number {
  return Math.floor((Number(score) + 256) / 1e6);
}
