import test from "ava";
import { openFileBackend } from "../../src/backends/file.js";
import type { FileConsumer } from "../../src/brokers/file/consumer.js";
import { openFileBroker } from "../../src/brokers/file.js";
import { ManualClock } from "../../src/util/clock.js";
import { count } from "../chaos/profile.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import { modelSuite } from "./suite.js";

modelSuite(test, "test/models/file.test.ts", count(100, 2_000), 1, async () => {
  const folder = await temporaryFolder();
  const clock = new ManualClock();
  const backend = openFileBackend({ folder, clock });
  let worlds = 0;
  return {
    async open() {
      const broker = openFileBroker({ folder, clock });
      return {
        broker,
        backend,
        queue: `q${++worlds}`,
        leaseMs: 1_000,
        // Others notice a death a lease after they have seen the last sign of life.
        elapse: (ms) => clock.advance(2 * ms),
        die: async (consumer) => (consumer as FileConsumer).abandon(),
        close: () => broker.close(),
      };
    },
    async close() {
      await backend.close();
      await removeFolder(folder);
    },
  };
});
