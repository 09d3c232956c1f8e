import test from "ava";
import { backendConformance } from "machinery-ts/testing/conformance";
import { openMemoryBackend } from "../../src/backends/memory.js";
import { ManualClock } from "../../src/util/clock.js";
import { limitedBackend, limitedBackendCapabilities } from "./limited-backend.js";

// What a backend cannot do is asserted as well: the suite's other half.
backendConformance(test, {
  name: "limited",
  capabilities: limitedBackendCapabilities,
  ttlMs: 60_000,
  async open(namespace) {
    const clock = new ManualClock();
    return {
      connect: async () => limitedBackend(openMemoryBackend({ name: namespace, clock })),
      now: () => clock.now(),
      elapse: (ms) => clock.advance(ms),
    };
  },
});
