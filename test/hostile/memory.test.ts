import { randomUUID } from "node:crypto";
import test from "ava";
import { hostileSuite } from "./suite.js";

hostileSuite(test, async () => {
  const url = `memory:${randomUUID()}`;
  return { broker: url, resultBackend: url };
});
