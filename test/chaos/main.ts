// `npm run chaos`: the full profile, or of it the files that are named; `-- --record` writes what it shows into GUARANTEES.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileOfLines, type Line } from "./figures.js";
import { tables, withLines } from "./paper.js";

const paper = "GUARANTEES.md";
const folder = "dist/chaos";
const everything = ["chaos", "models", "hostile"].map((name) => `test/${name}/*.test.ts`);

const { values, positionals } = parseArgs({
  options: { match: { type: "string", multiple: true, default: [], short: "m" }, record: { type: "boolean", default: false } },
  allowPositionals: true,
});
const scale = Number(process.env.CHAOS_SCALE ?? 1);
if (values.record && scale !== 1) throw new Error("what is recorded is that of a full run: CHAOS_SCALE has to be 1");
const isWhole = positionals.length === 0 && values.match.length === 0;
// One for all files.
const seed = process.env.CHAOS_SEED ?? `${Math.floor(Math.random() * 2 ** 31)}`;

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const began = Date.now();
console.log(`The full profile, CHAOS_SEED=${seed}${scale === 1 ? "" : `, CHAOS_SCALE=${scale}`}`);
const run = spawn(process.execPath, ["dist/test/services/run.js", ...argumentsOfAva()], {
  stdio: "inherit",
  env: { ...process.env, CHAOS_PROFILE: "full", CHAOS_SEED: seed, CHAOS_FIGURES: folder },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => run.kill(signal));
const [code] = (await once(run, "close")) as [number | null];
const minutes = Math.max(1, Math.round((Date.now() - began) / 60_000));

const lines = await linesWritten();
if (isWhole && code === 0) {
  const other = `every test of the full profile passed, in ${minutes} minutes`;
  lines.push({ table: "counts", cells: ["all of it, in one run", `${lines.length} lines of these tables`, seed, "–", other] });
}
for (const [name, table] of Object.entries(tables)) {
  console.log(`\n${table.with(lines.filter((line) => line.table === name).map(({ cells }) => [...cells, today()]))}`);
}
if (values.record) {
  await writeFile(paper, withLines(await readFile(paper, "utf8"), lines, today()));
  console.log(`Written to ${paper}: ${lines.length} lines`);
}
if (isWhole) {
  const shown = new Set(lines.map(({ cells }) => cells[0]));
  const text = await readFile(paper, "utf8");
  const missing = Object.values(tables).flatMap((table) => table.rowsIn(text).flatMap(([name]) => (shown.has(name) ? [] : [name])));
  if (missing.length > 0) console.log(`Not shown by this run: ${missing.join("; ")}`);
}
console.log(`${code === 0 ? "Every test passed" : "NOT every test passed: see above"}, in ${minutes} min, CHAOS_SEED=${seed}`);
process.exitCode = code ?? 1;

function argumentsOfAva(): string[] {
  const files = positionals.length > 0 ? positionals : everything;
  return ["--config", "chaos.config.js", ...files, ...values.match.flatMap((title) => ["--match", title])];
}

async function linesWritten(): Promise<Line[]> {
  const text = await readFile(join(folder, fileOfLines), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
