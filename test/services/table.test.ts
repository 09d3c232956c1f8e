import test from "ava";
import { pairTable } from "./table.js";

test("pairs stand in a table, those that did not run as well", (t) => {
  t.is(pairTable([]), "");
  const lines = pairTable([
    { broker: "redis", backend: "memcache", passed: 10 },
    { broker: "amqp", backend: "null", passed: 8 },
    { broker: "amqp", backend: "memcache", passed: 0 },
  ]).split("\n");
  t.deepEqual(
    lines.filter((line) => line.startsWith("    ")).map((line) => line.trim().split(/\s{2,}/)),
    [
      ["memcache", "null"],
      ["amqp", "NOT RUN", "8"],
      ["redis", "10", "NOT RUN"],
    ],
  );
});
