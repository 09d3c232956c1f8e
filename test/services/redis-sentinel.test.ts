import { Redis } from "ioredis";
import { startRedisSentinels } from "./redis-sentinel.js";
import { ownServers } from "./service.js";

const test = await ownServers("redis");

test("the sentinels lead to the master, and to the replica once the master is gone", async (t) => {
  const redis = await startRedisSentinels(t);
  const [first, second] = redis.nodes;
  t.is(await redis.master(), first);
  const client = new Redis({
    sentinels: redis.sentinels.map(({ port }) => ({ host: "127.0.0.1", port })),
    name: redis.masterName,
    sentinelRetryStrategy: () => 50,
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
  });
  client.on("error", () => {});
  t.teardown(() => client.disconnect());
  await client.set("key", "value");
  await client.wait(1, 0);
  await first.kill();
  t.is(await client.get("key"), "value");
  // The sentinel that was asked here may hear of it after the one that the client asked.
  await redis.becomesMaster(second);
  t.is(await redis.master(), second);
});

test("a planned failover", async (t) => {
  const redis = await startRedisSentinels(t);
  await redis.failOver();
  t.is(await redis.master(), redis.nodes[1]);
});
