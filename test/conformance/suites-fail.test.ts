import test from "ava";
import { backendConformance, brokerConformance } from "machinery-ts/testing/conformance";
import { memoryBackendCapabilities, openMemoryBackend } from "../../src/backends/memory.js";
import type { MemoryConsumer } from "../../src/brokers/memory/consumer.js";
import { memoryBrokerCapabilities, openMemoryBroker } from "../../src/brokers/memory.js";
import { ManualClock } from "../../src/util/clock.js";
import { type BackendFault, backendFaults } from "./backend-faults.js";
import { type BrokerFault, brokerFaults } from "./broker-faults.js";
import { Recorder } from "./recorder.js";

const patienceMs = 300;

function recordBrokerSuite(plant: BrokerFault["plant"]): Recorder {
  const recorder = new Recorder();
  brokerConformance(recorder.test, {
    name: "faulty",
    capabilities: memoryBrokerCapabilities,
    leaseMs: 30_000,
    delayMs: 60_000,
    patienceMs,
    async open(namespace) {
      const clock = new ManualClock();
      return {
        connect: async () => plant(openMemoryBroker({ name: namespace, clock })),
        now: () => clock.now(),
        elapse: (ms) => clock.advance(ms),
        die: async (consumer) => (consumer as MemoryConsumer).abandon(),
      };
    },
  });
  return recorder;
}

function recordBackendSuite(plant: BackendFault["plant"]): Recorder {
  const recorder = new Recorder();
  backendConformance(recorder.test, {
    name: "faulty",
    capabilities: memoryBackendCapabilities,
    ttlMs: 60_000,
    patienceMs,
    async open(namespace) {
      const clock = new ManualClock();
      return {
        connect: async () => plant(openMemoryBackend({ name: namespace, clock })),
        now: () => clock.now(),
        elapse: (ms) => clock.advance(ms),
      };
    },
  });
  return recorder;
}

for (const { name, caughtBy, plant } of brokerFaults) {
  test(`a broker is caught: ${name}`, async (t) => {
    const failure = await t.throwsAsync(recordBrokerSuite(plant).run(`faulty: ${caughtBy}`));
    t.log(failure?.message.split("\n")[0]);
  });
}

for (const { name, caughtBy, plant } of backendFaults) {
  test(`a backend is caught: ${name}`, async (t) => {
    const failure = await t.throwsAsync(recordBackendSuite(plant).run(`faulty: ${caughtBy}`));
    t.log(failure?.message.split("\n")[0]);
  });
}

test("every test of the suites is seen to fail", (t) => {
  const seen = new Set([...brokerFaults, ...backendFaults].map(({ caughtBy }) => `faulty: ${caughtBy}`));
  const titles = [...recordBrokerSuite((broker) => broker).titles, ...recordBackendSuite((backend) => backend).titles];
  t.deepEqual(
    titles.filter((title) => !seen.has(title)),
    [],
  );
});
