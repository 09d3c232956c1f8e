import test from "ava";
import { brokerConformance } from "machinery-ts/testing/conformance";
import type { MemoryConsumer } from "../../src/brokers/memory/consumer.js";
import { openMemoryBroker } from "../../src/brokers/memory.js";
import { ManualClock } from "../../src/util/clock.js";
import { limitedBroker, limitedBrokerCapabilities } from "./limited-broker.js";

// What a broker cannot do is asserted as well: the suite's other half.
brokerConformance(test, {
  name: "limited",
  capabilities: limitedBrokerCapabilities,
  leaseMs: 30_000,
  delayMs: 60_000,
  async open(namespace) {
    const clock = new ManualClock();
    return {
      connect: async () => limitedBroker(openMemoryBroker({ name: namespace, clock })),
      now: () => clock.now(),
      elapse: (ms) => clock.advance(ms),
      die: async (consumer) => (consumer as MemoryConsumer).abandon(),
    };
  },
});
