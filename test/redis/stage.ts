import type { RedisConsumer } from "../../src/brokers/redis/consumer.js";
import { QueueKeys } from "../../src/brokers/redis/queue-keys.js";
import { openRedisBroker } from "../../src/brokers/redis.js";
import { openRedis } from "../../src/redis/link.js";
import type { BrokerStage } from "../../src/testing/conformance/broker/subject.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { redisAt } from "./address.js";
import { Seats } from "./seats.js";

/** Long enough for a busy machine, since a lease cannot tell a slow worker from a dead one. */
export const stageLeaseMs = 1_500;
/** How many stages are open at once: each has several connections, and a storm of them would cost leases. */
const seats = new Seats(12);
let stages = 0;

/** Queues of one test's own on a Redis that others use too: their keys, and delayed tasks of its own, are deleted in the end. */
export async function redisStage(url: string, namespace: string): Promise<BrokerStage> {
  await seats.take();
  const link = await redisAt(url);
  // Equal options share their connections; a stage has its own.
  const options = { ...link, answerMs: link.answerMs + ++stages, delayedKey: `${namespace}.delayed` };
  const redis = await openRedis(options, "ERR_BROKER");
  // Somebody alive must be there to notice a death, even where a test's only worker dies.
  const bystander = await openRedisBroker(options);
  await bystander.consume({ queues: [`${namespace}.tasks`], capacity: 1, leaseMs: stageLeaseMs });
  const { workers } = new QueueKeys(`${namespace}.tasks`);
  const dead = new Set<string>();
  return {
    connect: () => openRedisBroker(options),
    now: () => systemClock.now(),
    async elapse(ms) {
      await delay(systemClock, ms + 20, undefined, true);
      // The living notice a death a little after the lease; then its score is below zero, and later gone.
      for (const name of dead) {
        while (Number(await redis.call("ZSCORE", workers, name)) > 0) await delay(systemClock, 10, undefined, true);
      }
      dead.clear();
    },
    async die(consumer) {
      dead.add((consumer as RedisConsumer).name);
      (consumer as RedisConsumer).abandon();
    },
    async close() {
      await bystander.close();
      // A cluster is the tests' own, and ends with them.
      const keys = redis.isCluster ? [] : ((await redis.call("KEYS", `*${namespace}*`)) as Buffer[]);
      for (const key of keys) await redis.call("DEL", key);
      await redis.close();
      seats.free();
    },
  };
}
