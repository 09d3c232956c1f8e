import { randomUUID } from "node:crypto";
import { openRedisBackend } from "../../src/backends/redis.js";
import type { RedisConsumer } from "../../src/brokers/redis/consumer.js";
import { openRedisBroker } from "../../src/brokers/redis.js";
import { openRedis } from "../../src/redis/link.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { count } from "../chaos/profile.js";
import { redisAt } from "../redis/address.js";
import { service } from "../services/service.js";
import { modelSuite } from "./suite.js";

const { test, url } = await service("redis");

modelSuite(test, "test/models/redis.test.ts", count(32, 960), 32, async () => {
  const address = await redisAt(url);
  const backend = await openRedisBackend({ redis: address });
  const redis = await openRedis({ ...address, answerMs: address.answerMs + 1 }, "ERR_BROKER");
  const name = `model-${randomUUID()}`;
  const options = { ...address, delayedKey: `${name}.delayed` };
  let worlds = 0;
  return {
    async open() {
      const broker = await openRedisBroker(options);
      return {
        broker,
        backend,
        queue: `${name}.${++worlds}`,
        leaseMs: 1_000,
        elapse: (ms) => delay(systemClock, ms, undefined, true),
        die: async (consumer) => (consumer as RedisConsumer).abandon(),
        close: () => broker.close(),
      };
    },
    async close() {
      const keys = (await redis.call("KEYS", `*${name}*`)) as Buffer[];
      for (const key of keys) await redis.call("DEL", key);
      await redis.close();
      await backend.close();
    },
  };
});
