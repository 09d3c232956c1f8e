/** `npm run bench`: how fast it is on this machine, each figure beside what it is measured against. */
import { endAll } from "../services/leash.js";
import { Bench } from "./bench.js";
import { type BenchCase, cases, casesNamed } from "./cases.js";
import { describeEnvironment } from "./environment.js";
import { parseOptions, usage } from "./options.js";
import { keep, record, recorded } from "./recording.js";
import { merged } from "./results.js";

try {
  const options = parseOptions(process.argv.slice(2));
  const chosen = options.only.length > 0 ? casesNamed(options.only) : cases.filter(({ isGrowth }) => options.record || !isGrowth);
  if (options.list) for (const { name } of cases) console.log(name);
  else if (options.redraw) await record(await recorded());
  else {
    const bench = new Bench(options);
    for (const one of chosen) await attempt(one, bench);
    console.log(`On ${describeEnvironment(bench.results.environment)}\n`);
    // Other cases keep the figures that they have.
    if (options.record) await record(options.only.length > 0 ? merged(await recorded(), bench.results) : bench.results);
    else await keep(bench.results);
  }
} catch (error) {
  console.error(error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
} finally {
  await endAll();
}

/** Of a long run the other cases are worth having. */
async function attempt({ name, run }: BenchCase, bench: Bench): Promise<void> {
  try {
    await run(bench);
  } catch (error) {
    console.error(`${name} FAILED:`, error);
    process.exitCode = 1;
  }
}
