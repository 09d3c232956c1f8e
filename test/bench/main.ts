/** `npm run bench`: how fast it is on this machine, each figure beside what it is measured against. */
import { endAll } from "../services/leash.js";
import { Bench } from "./bench.js";
import { type BenchCase, cases, casesNamed } from "./cases.js";
import { describeEnvironment } from "./environment.js";
import { type Options, parseOptions, usage } from "./options.js";
import { keep, record, recorded } from "./recording.js";
import { merged } from "./results.js";

await main(process.argv.slice(2)).finally(endAll);

async function main(args: readonly string[]): Promise<void> {
  let options: Options;
  let chosen: readonly BenchCase[];
  try {
    options = parseOptions(args);
    chosen = options.only.length > 0 ? casesNamed(options.only) : cases.filter(({ isGrowth }) => options.record || !isGrowth);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (options.list) for (const { name } of cases) console.log(name);
  else if (options.redraw) await record(await recorded());
  else await run(chosen, options);
}

async function run(chosen: readonly BenchCase[], options: Options): Promise<void> {
  const bench = new Bench(options);
  for (const one of chosen) await attempt(one, bench);
  const { results } = bench;
  console.log(`On ${describeEnvironment(results.environment)}\n`);
  // Other cases keep the figures that they have.
  if (options.record) await record(options.only.length > 0 ? merged(await recorded(), results) : results);
  else await keep(results);
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
