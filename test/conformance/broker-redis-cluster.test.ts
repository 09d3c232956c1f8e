import { brokerConformance } from "machinery-ts/testing/conformance";
import { redisClusterBrokerCapabilities } from "../../src/brokers/redis.js";
import { sharedCluster } from "../redis/shared-cluster.js";
import { redisStage, stageLeaseMs } from "../redis/stage.js";

const { test, url } = await sharedCluster();

brokerConformance(test, {
  name: "redis cluster",
  capabilities: redisClusterBrokerCapabilities,
  leaseMs: stageLeaseMs,
  delayMs: 200,
  open: (namespace) => redisStage(url, namespace),
});
