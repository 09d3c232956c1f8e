import { brokerConformance } from "machinery-ts/testing/conformance";
import { redisBrokerCapabilities } from "../../src/brokers/redis.js";
import { redisStage, stageLeaseMs } from "../redis/stage.js";
import { service } from "../services/service.js";

const { test, url } = await service("redis");

brokerConformance(test, {
  name: "redis",
  capabilities: redisBrokerCapabilities,
  leaseMs: stageLeaseMs,
  delayMs: 200,
  open: (namespace) => redisStage(url, namespace),
});
