/** `npm run bench [-- --quick]`: how fast it is on this machine, each figure beside what it is measured against. */
import { endAll } from "../services/leash.js";
import { findSource, startFrom } from "../services/sources.js";
import { type Case, measure, median, table } from "./measure.js";
import { redisBench } from "./redis.js";
import { bareLoop, inOneProcess, type OpenCase, overTwoProcesses } from "./round-trips.js";
import { startUps } from "./start-up.js";
import { threadBench } from "./threads.js";

const quick = process.argv.includes("--quick");
const repetitions = quick ? 1 : 5;
const count = (full: number): number => (quick ? full / 10 : full);

async function show(title: string, cases: readonly Case[]): Promise<void> {
  console.log(`${title}\n\n${table(await measure(cases, repetitions))}\n`);
}

async function using(opened: Promise<OpenCase>, use: (one: OpenCase) => Promise<void>): Promise<void> {
  const one = await opened;
  await use(one).finally(() => one.close());
}

await using(inOneProcess(count(100_000)), (memory) =>
  show("From send.add() to its result, 500 in flight, all states stored:", [bareLoop(count(100_000)), memory]),
);
await using(overTwoProcesses(count(30_000)), (file) =>
  show("The same, sender and worker in a process each, over the embedded store:", [bareLoop(count(30_000)), file]),
);
await threadBench({ quick, repetitions });
const times = await startUps(repetitions);
const ms = (time: number): string => `${Math.round(time)} ms`;
console.log(
  `From the start of machinery worker to the result of a task that waits: ${ms(median(times))} (${ms(times[0]!)} to ${ms(times.at(-1)!)})`,
);

console.log();
const { url } = await startFrom(await findSource("redis", true));
await redisBench({ url, quick, repetitions });
await endAll();
