import test from "ava";
import { brokerConformance } from "machinery-ts/testing/conformance";
import type { FileConsumer } from "../../src/brokers/file/consumer.js";
import { fileBrokerCapabilities, openFileBroker } from "../../src/brokers/file.js";
import { acquireStore, releaseStore } from "../../src/store/store.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";

brokerConformance(test, {
  name: "file",
  capabilities: fileBrokerCapabilities,
  leaseMs: 300,
  delayMs: 200,
  async open() {
    const folder = await temporaryFolder();
    const store = acquireStore({ folder });
    // Somebody alive must be there to notice a death, even where a test's only worker dies.
    const bystander = openFileBroker({ folder });
    await bystander.consume({ queues: ["bystander"], capacity: 1, leaseMs: 300 });
    const dead = new Set<number>();
    return {
      connect: async () => openFileBroker({ folder }),
      now: () => systemClock.now(),
      async elapse(ms) {
        await delay(systemClock, ms, undefined, true);
        // The living notice a death a little after the lease.
        const consumers = store.records("consumers");
        for (const number of dead) {
          for (store.refresh(); consumers.doesExist(number); store.refresh()) await delay(systemClock, 10, undefined, true);
        }
        dead.clear();
      },
      async die(consumer) {
        dead.add((consumer as FileConsumer).number);
        (consumer as FileConsumer).abandon();
      },
      async close() {
        await bystander.close();
        await releaseStore(store);
        await removeFolder(folder);
      },
    };
  },
});
