import { backendConformance } from "machinery-ts/testing/conformance";
import { openRedisBackend, redisBackendCapabilities } from "../../src/backends/redis.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { redisAt } from "../redis/address.js";
import { sharedCluster } from "../redis/shared-cluster.js";

const { test, url } = await sharedCluster();

backendConformance(test, {
  name: "redis cluster",
  capabilities: redisBackendCapabilities,
  ttlMs: 3_000,
  async open() {
    const redis = await redisAt(url);
    return {
      connect: () => openRedisBackend({ redis }),
      now: () => Date.now(),
      elapse: (ms) => delay(systemClock, ms + 20, undefined, true),
    };
  },
});
