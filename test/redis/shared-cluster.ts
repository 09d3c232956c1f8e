import type { TestFn } from "ava";
import { findRedis } from "../services/redis.js";
import { RedisCluster } from "../services/redis-cluster.js";
import { ownServers } from "../services/service.js";

/** A cluster for all tests of a file, and the `test` to declare them with. It ends with the file's process. */
export async function sharedCluster(): Promise<{ readonly test: TestFn; readonly url: string }> {
  const test = await ownServers("redis");
  const program = await findRedis();
  return { test, url: program === undefined ? "" : (await RedisCluster.start(program)).url };
}
