/** `npm run bench`: how fast it is on this machine, each figure beside what it is measured against. */
import { endAll } from "../services/leash.js";
import { Bench } from "./bench.js";
import { cases, casesNamed } from "./cases.js";
import { describeEnvironment } from "./environment.js";
import { parseOptions, usage } from "./options.js";
import { keep, record } from "./recording.js";

try {
  const options = parseOptions(process.argv.slice(2));
  const chosen = options.only.length > 0 ? casesNamed(options.only) : cases.filter(({ isGrowth }) => options.record || !isGrowth);
  if (options.list) for (const { name } of cases) console.log(name);
  else {
    const bench = new Bench(options);
    for (const { run } of chosen) await run(bench);
    console.log(`On ${describeEnvironment(bench.results.environment)}\n`);
    if (options.record) await record(bench.results);
    else await keep(bench.results);
  }
} catch (error) {
  console.error(error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
} finally {
  await endAll();
}
