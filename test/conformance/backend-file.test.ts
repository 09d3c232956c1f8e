import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { backendConformance } from "machinery-ts/testing/conformance";
import { fileBackendCapabilities, openFileBackend } from "../../src/backends/file.js";
import { ManualClock } from "../../src/util/clock.js";

backendConformance(test, {
  name: "file",
  capabilities: fileBackendCapabilities,
  ttlMs: 60_000,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), "machinery-file-"));
    const clock = new ManualClock();
    return {
      connect: async () => openFileBackend({ folder, clock }),
      now: () => clock.now(),
      elapse: (ms) => clock.advance(ms),
      close: () => rm(folder, { recursive: true }),
    };
  },
});
