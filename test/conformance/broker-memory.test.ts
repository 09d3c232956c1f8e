import test from "ava";
import { brokerConformance } from "machinery-ts/testing/conformance";
import type { MemoryConsumer } from "../../src/brokers/memory/consumer.js";
import { memoryBrokerCapabilities, openMemoryBroker } from "../../src/brokers/memory.js";
import { ManualClock } from "../../src/util/clock.js";

brokerConformance(test, {
  name: "memory",
  capabilities: memoryBrokerCapabilities,
  leaseMs: 30_000,
  delayMs: 60_000,
  async open(namespace) {
    const clock = new ManualClock();
    return {
      connect: async () => openMemoryBroker({ name: namespace, clock }),
      now: () => clock.now(),
      elapse: (ms) => clock.advance(ms),
      die: async (consumer) => (consumer as MemoryConsumer).abandon(),
    };
  },
});
