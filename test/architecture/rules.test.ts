import test from "ava";
import { Project } from "ts-morph";
import { type Graph, readGraph } from "./graph.js";
import { parseLayers } from "./layers.js";
import { clockProblems, cycles, layerProblems, orderProblems, staleRules } from "./rules.js";

// Each rule is seen to fail, on a small project with the violation planted in it.

const table = `
Text before.

| layer | what it is | files | may import | packages |
|---|---|---|---|---|
| base | a | \`src/base.ts\`, \`src/low/\` | – | \`node:fs\` |
| leaf | b | \`src/low/leaf.ts\` | – | – |
| middle | c | \`src/middle/\` | base | \`client\` (dynamic) |
| top | d | \`src/top.ts\` | base, middle (dynamic), leaf (types) | – |

| another | table |
|---|---|
| src/nothing/ | x |
`;
const layers = parseLayers(table);

const sound: Record<string, string> = {
  "src/base.ts": 'import { readFile } from "node:fs/promises"; export const a = readFile;',
  "src/low/leaf.ts": "export type Leaf = 1;",
  "src/middle/one.ts": 'import { a } from "../base.js"; export const b = a; export const c = () => import("client/part");',
  "src/top.ts":
    'import type { Leaf } from "./low/leaf.js"; export const d = () => import("./middle/one.js"); export type { Leaf };',
};

function graphOf(planted: Record<string, string> = {}): Graph {
  const project = new Project({ useInMemoryFileSystem: true });
  for (const [path, text] of Object.entries({ ...sound, ...planted })) project.createSourceFile(`/project/${path}`, text);
  return readGraph(project, "/project", new Map([["own", "src/top.ts"]]));
}

test("a sound project has no problems", (t) => {
  const graph = graphOf();
  t.deepEqual(layerProblems(graph, layers), []);
  t.deepEqual(staleRules(graph, layers), []);
  t.deepEqual(orderProblems(layers), []);
  t.deepEqual(cycles(graph), []);
  t.deepEqual(clockProblems(graph, []), []);
});

const planted: [string, Record<string, string>, string[]][] = [
  [
    "an upward import",
    { "src/base.ts": 'import "./top.js"; import "node:fs";' },
    ["src/base.ts:1 (base) imports src/top.ts (top, value)"],
  ],
  [
    "an import of types from a layer that is not named",
    { "src/middle/two.ts": 'export type { Leaf } from "../low/leaf.js";' },
    ["src/middle/two.ts:1 (middle) imports src/low/leaf.ts (leaf, type)"],
  ],
  [
    "a value where types are allowed",
    { "src/top.ts": 'import { type Leaf } from "./low/leaf.js"; export type X = Leaf;' },
    ["src/top.ts:1 (top) imports src/low/leaf.ts (leaf, value)"],
  ],
  [
    "a static import where a dynamic one is due",
    { "src/top.ts": '\nexport * from "./middle/one.js";' },
    ["src/top.ts:2 (top) imports src/middle/one.ts (middle, value)"],
  ],
  [
    "a client loaded at once",
    { "src/middle/one.ts": 'import "client";' },
    ["src/middle/one.ts:1 (middle) imports the package client (value)"],
  ],
  ["a client of another layer", { "src/top.ts": 'import "client";' }, ["src/top.ts:1 (top) imports the package client (value)"]],
  [
    "a client within an import type",
    { "src/top.ts": 'export type C = import("client").C;' },
    ["src/top.ts:1 (top) imports the package client (type)"],
  ],
  [
    "a client through require",
    { "src/top.ts": 'createRequire(import.meta.url)("client");' },
    ["src/top.ts:1 (top) imports the package client (dynamic)"],
  ],
  [
    "a package with a similar name",
    { "src/middle/one.ts": 'import("client-x");' },
    ["src/middle/one.ts:1 (middle) imports the package client-x (dynamic)"],
  ],
  ["Node where it is not named", { "src/top.ts": 'import "node:fs";' }, ["src/top.ts:1 (top) imports the package node:fs (value)"]],
  ["a file in no layer", { "src/stray.ts": "" }, ["src/stray.ts is in no layer"]],
  [
    "an import that leads nowhere",
    { "src/top.ts": 'import "./gone.js";' },
    ["src/top.ts:1 (top) imports ./gone.js, which leads to no file of a layer"],
  ],
];
for (const [what, files, problems] of planted) {
  test(`the layers refuse ${what}`, (t) => t.deepEqual(layerProblems(graphOf(files), layers), problems));
}

test("circles are found, through the package's own name too, but not among types or lazy imports", (t) => {
  const circle = { "src/base.ts": 'import "./middle/one.js";' };
  t.deepEqual(cycles(graphOf(circle)), ["src/base.ts -> src/middle/one.ts -> src/base.ts"]);
  const byName = { "src/base.ts": 'import "own";', "src/top.ts": 'import "./base.js";' };
  t.deepEqual(cycles(graphOf(byName)), ["src/base.ts -> src/top.ts -> src/base.ts"]);
  const harmless = { "src/base.ts": 'import type { b } from "./middle/one.js"; export const e = () => import("./middle/one.js");' };
  t.deepEqual(cycles(graphOf(harmless)), []);
});

test("the system's time is found in every disguise, and only there", (t) => {
  const uses = [
    "Date.now()",
    "new Date()",
    "setTimeout(() => {}, 1)",
    "const later = setInterval",
    "globalThis.setTimeout(() => {}, 1)",
    "performance.now()",
    "process.hrtime.bigint()",
    "AbortSignal.timeout(1)",
  ];
  for (const use of uses) t.is(clockProblems(graphOf({ "src/top.ts": use }), []).length, 1, use);
  for (const use of ["new Date(0)", "clock.setTimeout()", "type T = typeof setTimeout", "clearTimeout(x)"]) {
    t.deepEqual(clockProblems(graphOf({ "src/top.ts": use }), []), [], use);
  }
  t.deepEqual(clockProblems(graphOf({ "src/top.ts": "Date.now()" }), ["src/top.ts"]), []);
  t.deepEqual(clockProblems(graphOf(), ["src/top.ts"]), ["nothing in src/top.ts uses the time"]);
});

test("a rule that guards nothing any more is found", (t) => {
  const stale = parseLayers(`
| layer | what it is | files | may import | packages |
|---|---|---|---|---|
| all | a | \`src/\`, \`lib/\`, \`src/gone.ts\` | none | \`node:fs\`, \`client\`, \`gone\` |
`);
  t.deepEqual(staleRules(graphOf(), stale), [
    "all: there is no lib/",
    "all: there is no src/gone.ts",
    "all: there is no layer none",
    "all: nothing imports the package gone",
  ]);
});

test("a layer that builds on one below it is found", (t) => {
  const upside = parseLayers(`
| layer | what it is | files | may import | packages |
|---|---|---|---|---|
| low | a | \`src/\` | high, other (types) | – |
| high | b | \`lib/\` | low | – |
| other | c | \`bin/\` | low | – |
`);
  t.deepEqual(orderProblems(upside), ["low may import high, which does not stand above it"]);
});

test("a text without the table, or with an entry that cannot be read, is an error", (t) => {
  t.throws(() => parseLayers("no table"), { message: /no table with the columns/ });
  t.throws(() => parseLayers(table.replace("(dynamic)", "(sometimes)")), { message: /cannot be read/ });
});
