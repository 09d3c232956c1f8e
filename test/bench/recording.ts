import { mkdir, readFile, writeFile } from "node:fs/promises";
import { barChart } from "./charts/bars.js";
import { curveChart } from "./charts/curves.js";
import { speedSection } from "./readme.js";
import type { Results } from "./results.js";

const folder = "test/bench/results";

/** What the chart of README.md shows, where it was measured. */
const shown = ["send", "bulk", "drain", "round-trips", "latency-p50", "chord", "delayed", "sandbox"];

/** Writes the figures, as JSON and as charts, where nobody commits them. */
export async function keep(results: Results): Promise<void> {
  await write("dist/bench", results);
}

/** Writes the figures, as JSON and as charts, and README.md's tables anew from them. */
export async function record(results: Results): Promise<void> {
  await write(folder, results);
  await writeFile("README.md", speedSection(await readFile("README.md", "utf8"), results));
  console.log("And the tables of README.md");
}

/** What was recorded last. */
export async function recorded(): Promise<Results> {
  return JSON.parse(await readFile(`${folder}/results.json`, "utf8"));
}

async function write(folder: string, results: Results): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = { "results.json": `${JSON.stringify(results, null, 1)}\n`, ...charts(results) };
  for (const [name, content] of Object.entries(files)) await writeFile(`${folder}/${name}`, content);
  console.log(`Written to ${folder}: ${Object.keys(files).join(", ")}`);
}

/** The pictures, by file name. */
export function charts({ comparisons, curves }: Results): Record<string, string> {
  const bars = ["redis", "rabbitmq"].flatMap((place) =>
    shown.flatMap((part) => comparisons.filter(({ name, rows }) => name === `${place}-${part}` && rows.length > 1)),
  );
  return {
    "speed.svg": barChart("machinery-ts beside others, on the same server, in the same run", bars),
    ...(curves.length > 0 && { "growth.svg": curveChart("How machinery-ts grows", curves) }),
  };
}
