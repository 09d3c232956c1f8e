import test from "ava";
import { backendConformance } from "machinery-ts/testing/conformance";
import { fileBackendCapabilities, openFileBackend } from "../../src/backends/file.js";
import { ManualClock } from "../../src/util/clock.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";

backendConformance(test, {
  name: "file",
  capabilities: fileBackendCapabilities,
  ttlMs: 60_000,
  async open() {
    const folder = await temporaryFolder();
    const clock = new ManualClock();
    return {
      connect: async () => openFileBackend({ folder, clock }),
      now: () => clock.now(),
      elapse: (ms) => clock.advance(ms),
      close: () => removeFolder(folder),
    };
  },
});
