import test from "ava";
import { backendConformance } from "machinery-ts/testing/conformance";
import { nullBackendCapabilities, openNullBackend } from "../../src/backends/null.js";
import { delay, systemClock } from "../../src/util/clock.js";

backendConformance(test, {
  name: "null",
  capabilities: nullBackendCapabilities,
  ttlMs: 1,
  open: async () => ({
    connect: async () => openNullBackend(),
    now: () => systemClock.now(),
    elapse: (ms) => delay(systemClock, ms),
  }),
});
