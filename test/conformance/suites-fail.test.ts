import test from "ava";
import { backendConformance, brokerConformance } from "machinery-ts/testing/conformance";
import type { BackendCapabilities } from "../../src/backends/backend.js";
import { memoryBackendCapabilities, openMemoryBackend } from "../../src/backends/memory.js";
import type { BrokerCapabilities } from "../../src/brokers/broker.js";
import type { MemoryConsumer } from "../../src/brokers/memory/consumer.js";
import { memoryBrokerCapabilities, openMemoryBroker } from "../../src/brokers/memory.js";
import { ManualClock } from "../../src/util/clock.js";
import { type BackendFault, backendFaults, limitedBackendFaults } from "./backend-faults.js";
import {
  type BrokerFault,
  brokerFaults,
  hidingBrokerCapabilities,
  hidingBrokerFault,
  limitedBrokerFaults,
} from "./broker-faults.js";
import { limitedBackendCapabilities } from "./limited-backend.js";
import { limitedBrokerCapabilities } from "./limited-broker.js";
import { Recorder } from "./recorder.js";

const patienceMs = 300;

function recordBrokerSuite(capabilities: BrokerCapabilities, plant: BrokerFault["plant"]): Recorder {
  const recorder = new Recorder();
  brokerConformance(recorder.test, {
    name: "faulty",
    capabilities,
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

function recordBackendSuite(capabilities: BackendCapabilities, plant: BackendFault["plant"]): Recorder {
  const recorder = new Recorder();
  backendConformance(recorder.test, {
    name: "faulty",
    capabilities,
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

type Fault<Plant> = { readonly name: string; readonly caughtBy: string; readonly plant: Plant };

/** One test for each fault, and one that there is a fault for every test of the suite. */
function seeFail<Plant>(what: string, record: (plant: Plant) => Recorder, sound: Plant, faults: readonly Fault<Plant>[]): void {
  for (const { name, caughtBy, plant } of faults) {
    test(`${what} is caught: ${name}`, async (t) => {
      const failure = await t.throwsAsync(record(plant).run(`faulty: ${caughtBy}`));
      t.log(failure?.message.split("\n")[0]);
    });
  }
  test(`${what}: every test of the suite is seen to fail`, (t) => {
    const seen = new Set(faults.map(({ caughtBy }) => `faulty: ${caughtBy}`));
    t.deepEqual(
      record(sound).titles.filter((title) => !seen.has(title)),
      [],
    );
  });
}

const sameBroker: BrokerFault["plant"] = (broker) => broker;
const sameBackend: BackendFault["plant"] = (backend) => backend;

seeFail("a broker", (plant) => recordBrokerSuite(memoryBrokerCapabilities, plant), sameBroker, brokerFaults);
seeFail("a backend", (plant) => recordBackendSuite(memoryBackendCapabilities, plant), sameBackend, backendFaults);

for (const { name, caughtBy, plant } of limitedBrokerFaults) {
  test(`a limited broker is caught: ${name}`, async (t) => {
    await t.throwsAsync(recordBrokerSuite(limitedBrokerCapabilities, plant).run(`faulty: ${caughtBy}`));
  });
}
test(`a hiding broker is caught: ${hidingBrokerFault.name}`, async (t) => {
  const { plant, caughtBy } = hidingBrokerFault;
  await t.throwsAsync(recordBrokerSuite(hidingBrokerCapabilities, plant).run(`faulty: ${caughtBy}`));
});
for (const { name, caughtBy, plant } of limitedBackendFaults) {
  test(`a limited backend is caught: ${name}`, async (t) => {
    await t.throwsAsync(recordBackendSuite(limitedBackendCapabilities, plant).run(`faulty: ${caughtBy}`));
  });
}
