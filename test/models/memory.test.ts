import test from "ava";
import { openMemoryBackend } from "../../src/backends/memory.js";
import type { MemoryConsumer } from "../../src/brokers/memory/consumer.js";
import { openMemoryBroker } from "../../src/brokers/memory.js";
import { ManualClock } from "../../src/util/clock.js";
import { count } from "../chaos/profile.js";
import { flawSuite, modelSuite, type Stage } from "./suite.js";

let worlds = 0;

const start = async (): Promise<Stage> => ({
  async open() {
    const clock = new ManualClock();
    const name = `model-${++worlds}`;
    const broker = openMemoryBroker({ name, clock });
    const backend = openMemoryBackend({ name, clock });
    return {
      broker,
      backend,
      queue: "q",
      leaseMs: 1_000,
      elapse: (ms) => clock.advance(ms),
      die: async (consumer) => (consumer as MemoryConsumer).abandon(),
      async close() {
        await broker.close();
        await backend.close();
      },
    };
  },
  close: async () => {},
});

modelSuite(test, "test/models/memory.test.ts", count(5_000, 100_000), 1, start);
flawSuite(test, ["acknowledges first", "acknowledges before the callback", "forgets what follows", "says sent first"], start);
