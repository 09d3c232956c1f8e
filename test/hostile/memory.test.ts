import { randomUUID } from "node:crypto";
import test from "ava";
import { count } from "../chaos/profile.js";
import { hostileSuite } from "./suite.js";

hostileSuite(test, "memory", count(2_000, 50_000), async () => {
  const url = `memory:${randomUUID()}`;
  return { broker: url, resultBackend: url };
});
