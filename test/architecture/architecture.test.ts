import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import test from "ava";
import { Project } from "ts-morph";
import { readGraph } from "./graph.js";
import { parseLayers } from "./layers.js";
import { clockProblems, cycles, layerProblems, orderProblems, staleRules } from "./rules.js";

const root = resolve(".");
const project = new Project({ skipFileDependencyResolution: true, skipAddingFilesFromTsConfig: true });
const sources = ["src", "codegen/src", "generated", "tasks"].map((folder) => `${root}/${folder}/**/*.ts`);
project.addSourceFilesAtPaths([...sources, `!${root}/src/cli/template/**`]); // the template is a project of its own

const { name, exports } = JSON.parse(await readFile("package.json", "utf8")) as {
  name: string;
  exports: Record<string, string | { default: string }>;
};
const own = Object.entries(exports).flatMap(([entry, target]): [string, string][] =>
  typeof target === "string" ? [] : [[name + entry.slice(1), target.default.replace("./dist/", "").replace(/\.js$/, ".ts")]],
);
const graph = readGraph(project, root, new Map(own));
const layers = parseLayers(await readFile("ARCHITECTURE.md", "utf8"));

test("every import is one that the layer table allows", (t) => t.deepEqual(layerProblems(graph, layers), []));

test("every entry of the layer table guards something", (t) => t.deepEqual(staleRules(graph, layers), []));

test("layers build on those above them", (t) => t.deepEqual(orderProblems(layers), []));

test("no imports go in a circle", (t) => t.deepEqual(cycles(graph), []));

test("time goes through the clock", (t) => t.deepEqual(clockProblems(graph, ["src/util/clock.ts"]), []));

test("the longest files, as a prompt to look", (t) => {
  const longest = [...graph.files].filter(([file]) => !file.startsWith("generated/")).sort(([, a], [, b]) => b - a);
  for (const [file, lines] of longest.slice(0, 5)) t.log(`${lines} ${file}`);
  t.true(longest.length > 5);
});
