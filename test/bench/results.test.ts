import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import test from "ava";
import { speedSection } from "./readme.js";
import { charts, recorded } from "./recording.js";
import { merged } from "./results.js";

const folder = "test/bench/results";
const results = await recorded();

test("the charts show what results.json says", async (t) => {
  for (const [name, content] of Object.entries(charts(results))) t.is(await readFile(`${folder}/${name}`, "utf8"), content);
});

test("README.md shows what results.json says", async (t) => {
  const readme = await readFile("README.md", "utf8");
  t.is(speedSection(readme, results), readme);
  for (const [, path] of readme.matchAll(/\((test\/bench\/results\/\S+)\)/g)) t.true(existsSync(path!), path);
});

test("a part that is measured anew leaves the others", (t) => {
  const [first, second] = results.comparisons;
  const anew = { ...second!, title: "anew" };
  const environment = { ...results.environment, versions: { Redis: "99" } };
  const { comparisons, environment: both } = merged(results, { ...results, environment, comparisons: [anew] });
  t.deepEqual(both.versions, { ...results.environment.versions, Redis: "99" });
  t.deepEqual(comparisons.slice(0, 2), [first, anew]);
  t.is(comparisons.length, results.comparisons.length);
});
