import { Redis } from "ioredis";
import { QueueKeys } from "../../src/brokers/redis/queue-keys.js";
import { findRedis, type RedisConfig, redisRecipe } from "../services/redis.js";
import { Server } from "../services/server.js";
import type { Subject } from "./trial.js";

/** A Redis of a trial's own, for tasks and results. */
export class RedisSubject implements Subject {
  readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(config: RedisConfig = {}): Promise<RedisSubject> {
    const program = await findRedis();
    return new RedisSubject(await Server.start(redisRecipe(program!, config)));
  }

  get broker(): string {
    return this.server.url;
  }

  get resultBackend(): string {
    return this.server.url;
  }

  /** How many workers of a queue are known: the living, and the dead that are still looked after. */
  workersOf(queue: string): Promise<number> {
    return this.#ask((redis) => redis.zcard(new QueueKeys(queue).workers));
  }

  /** How many workers of a queue have a lease that ends within the next minute, by this process's clock, which is the server's. */
  leasesOf(queue: string): Promise<number> {
    const now = Date.now();
    return this.#ask((redis) => redis.zcount(new QueueKeys(queue).workers, now, now + 60_000));
  }

  /** Keys that would never expire. */
  lastingKeys(): Promise<string[]> {
    return this.#ask(async (redis) => {
      const keys = await redis.keys("*");
      const times = await Promise.all(keys.map((key) => redis.pttl(key)));
      return keys.filter((_, i) => times[i] === -1).sort();
    });
  }

  close(): Promise<void> {
    return this.server.dispose();
  }

  async #ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.server.url);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }
}
