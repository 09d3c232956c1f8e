// AVA's for `npm run chaos`.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

const { ava } = JSON.parse(readFileSync("package.json", "utf8"));

/** What takes longest begins first: nothing else is then left at the end to wait for it. */
const longest = [
  "chaos/soak",
  "chaos/file",
  "chaos/amqp",
  "chaos/redis",
  "chaos/chord-storm-mongodb",
  "chaos/redis-replies",
  "chaos/amqp-replies",
  "chaos/memcache-replies",
  "chaos/mixed-fleet",
  "models/amqp",
];

function rank(path) {
  const at = longest.findIndex((name) => path.endsWith(`${name}.test.ts`));
  return at < 0 ? longest.length : at;
}

export default {
  ...ava,
  // One of them is the soak, and after it others that wait most of the time: for leases, heartbeats and servers to start.
  concurrency: availableParallelism() + 1,
  sortTestFiles: (a, b) => rank(a) - rank(b),
};
