import { readdir, readFile } from "node:fs/promises";
import test from "ava";
import { features } from "./features.js";
import { pairs } from "./pairs.js";
import { withInteropTable } from "./table.js";

test("the table in MIGRATION.md is what the tests find", async (t) => {
  const paper = await readFile("MIGRATION.md", "utf8");
  t.is(paper, await withInteropTable(paper), "npm run reference writes it anew");
});

test("each pair has its test file, and each fault its feature", async (t) => {
  const files = await readdir("test/interop");
  for (const [name, { faults }] of Object.entries(pairs)) {
    t.true(files.includes(`${name}.test.ts`), name);
    for (const { feature, direction } of faults) {
      t.true(
        features.some(({ name: known, runs }) => known === feature && direction in runs),
        feature,
      );
    }
  }
});
