import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { callRedis } from "../services/redis-call.js";

/** What a Redis has forgotten, of all that it had said yes to: what came between these moments, milliseconds since the epoch. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export function fallsInto(gaps: readonly Gap[], at: number | undefined): boolean {
  return at !== undefined && gaps.some(({ from, to }) => from <= at && at <= to);
}

/** How long they are, for people. */
export function secondsOf(gaps: readonly Gap[]): string {
  const seconds = gaps.map(({ from, to }) => (to - from) / 1_000);
  return `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)} s`;
}

const key = "written-at";

/**
 * Writes the time to a server, over and over. All writes of a server are in one order, on its disk and on its replicas: what was confirmed before the
 * time that is found afterwards is there as well, and what is not there was confirmed later.
 */
export class Pulse {
  readonly #redis: Redis;
  #beating = true;
  readonly #done: Promise<void>;

  constructor(node: { readonly url: string }) {
    this.#redis = new Redis(node.url, { retryStrategy: () => null, maxRetriesPerRequest: 0, enableOfflineQueue: true });
    this.#redis.on("error", () => {});
    this.#done = this.#beat();
  }

  /** The last time that a server knows of. */
  static async lastAt(node: { readonly url: string }): Promise<number> {
    return Number(await callRedis<string | null>(node, "GET", key));
  }

  async stop(): Promise<void> {
    this.#beating = false;
    this.#redis.disconnect();
    await this.#done;
  }

  async #beat(): Promise<void> {
    while (this.#beating) {
      await this.#redis.set(key, Date.now(), "PX", 600_000).catch(() => {});
      await sleep(2);
    }
  }
}
