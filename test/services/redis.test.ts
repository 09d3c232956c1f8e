import { Redis } from "ioredis";
import { startRedis } from "./redis.js";
import { ownServers, service } from "./service.js";

const { test: sharedTest, url } = await service("redis");
const ownTest = await ownServers("redis");

sharedTest("the shared Redis answers its client", async (t) => {
  const redis = new Redis(url);
  t.is(await redis.ping(), "PONG");
  redis.disconnect();
});

ownTest("a Redis of the test's own can be killed and comes back with its data", async (t) => {
  const server = await startRedis(t, { appendonly: "yes", appendfsync: "always", requirepass: "secret" });
  const before = new Redis(server.url, { retryStrategy: () => null });
  await before.set("key", "value");
  await server.kill();
  t.false(server.isRunning);
  await server.start();
  const after = new Redis(server.url);
  t.is(await after.get("key"), "value");
  after.disconnect();
});
