// AVA's for `npm run chaos`.
import { readFileSync } from "node:fs";

const { ava } = JSON.parse(readFileSync("package.json", "utf8"));

/** What takes longest begins first: nothing else is then left at the end to wait for it. */
const longest = ["chaos/soak", "chaos/chord-storm-mongodb", "chaos/file", "chaos/amqp", "chaos/redis"];

function rank(path) {
  const at = longest.findIndex((name) => path.endsWith(`${name}.test.ts`));
  return at < 0 ? longest.length : at;
}

export default { ...ava, sortTestFiles: (a, b) => rank(a) - rank(b) };
