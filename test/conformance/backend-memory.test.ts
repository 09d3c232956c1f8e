import test from "ava";
import { backendConformance } from "machinery-ts/testing/conformance";
import { memoryBackendCapabilities, openMemoryBackend } from "../../src/backends/memory.js";
import { ManualClock } from "../../src/util/clock.js";

backendConformance(test, {
  name: "memory",
  capabilities: memoryBackendCapabilities,
  ttlMs: 60_000,
  async open(namespace) {
    const clock = new ManualClock();
    return {
      connect: async () => openMemoryBackend({ name: namespace, clock }),
      now: () => clock.now(),
      elapse: (ms) => clock.advance(ms),
    };
  },
});
