import { backendConformance } from "machinery-ts/testing/conformance";
import { openMongodbBackend } from "../../src/backends/mongodb.js";
import { ManualClock } from "../../src/util/clock.js";
import { capabilitiesOn } from "../backends/mongodb-server.js";
import { service } from "../services/service.js";

const { test, url } = await service("mongodb");

backendConformance(test, {
  name: "mongodb",
  capabilities: await capabilitiesOn(url),
  ttlMs: 60_000,
  async open(namespace) {
    const clock = new ManualClock(Date.now());
    return {
      connect: () => openMongodbBackend({ url, database: namespace, clock }),
      now: () => clock.now(),
      elapse: (ms) => clock.advance(ms),
    };
  },
});
