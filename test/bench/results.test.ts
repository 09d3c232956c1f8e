import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import test from "ava";
import { speedSection } from "./readme.js";
import { charts } from "./recording.js";
import type { Results } from "./results.js";

const folder = "test/bench/results";
const results = JSON.parse(await readFile(`${folder}/results.json`, "utf8")) as Results;

test("the charts show what results.json says", async (t) => {
  for (const [name, content] of Object.entries(charts(results))) t.is(await readFile(`${folder}/${name}`, "utf8"), content);
});

test("README.md shows what results.json says", async (t) => {
  const readme = await readFile("README.md", "utf8");
  t.is(speedSection(readme, results), readme);
  for (const [, path] of readme.matchAll(/\((test\/bench\/results\/\S+)\)/g)) t.true(existsSync(path!), path);
});
