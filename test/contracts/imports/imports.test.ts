import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { Server, silentLogger } from "machinery-ts";
import { exportGo, formatReport, generate, packContract } from "machinery-ts-codegen";
import { Project } from "../../../src/cli/project.js";
import { project, writeAll } from "../../codegen/emit/project.js";
import { blocks } from "../../readme/markdown.js";
import { compiledProject } from "../compiled-project.js";
import { files, math, own } from "./contracts.js";

const program = `
import type { AsyncResult } from "machinery-ts";
import { chain } from "machinery-ts";
import { type Handlers, type Senders, type Size, dispatch, senders, tasks } from "../generated/index.js";
import type * as all from "../generated/index.js";

export { dispatch, senders, tasks };
export const handlers: Handlers = {
  add: (item) => ({ items: item.length }),
  words: { upper: (word) => word.toUpperCase() },
};

export function types(send: Senders): unknown {
  const sum: Promise<AsyncResult<bigint>> = send.math.add(1n, 2n);
  const added: Promise<AsyncResult<Size>> = send.add("pear");
  const area: Promise<AsyncResult<bigint>> = send.math.area({ a: 1n, b: 2n } satisfies all.math.Size);
  chain(tasks.math.area({ a: 1n, b: 1n }), tasks.math.add.partial(1n));
  // @ts-expect-error the Size of this contract is not the Size of that one
  chain(tasks.add("pear"), tasks.math.area.partial());
  // @ts-expect-error number for bigint
  send.math.add(1, 2);
  // @ts-expect-error a task of the other package
  send.upper("a");
  // @ts-expect-error a handler is missing
  dispatch({ add: handlers.add, words: {} });
  // @ts-expect-error tasks that are not served here have no handlers
  dispatch({ ...handlers, math: {} } satisfies Handlers);
  return [sum, added, area];
}
`;

test("tasks of imported contracts are sent, and run where the import says so, under their own types", async (t) => {
  const { folder, load } = await compiledProject(t, { ...files, "tasks/index.ts": program });
  const { dispatch, handlers, senders, tasks } = await load("tasks/index.js");

  const check = await generate({ projectDir: folder, check: true });
  t.is(formatReport(check), "");
  t.true(check.unchanged.includes("imports/math/senders.ts"));
  t.regex(
    await readFile(join(folder, "generated/imports/math/tasks.ts"), "utf8"),
    / from math\/tasks\.yaml \(import [0-9a-f]{16}\)/,
  );
  t.regex(await readFile(join(folder, "generated/imports/words/tasks.ts"), "utf8"), / from npm:@team\/words \(import /);

  const named = await (await Project.read(folder)).definitions();
  t.deepEqual([...named.keys()], ["math.add", "math.area", "words.upper", "upper", "add"]);
  t.is(named.get("math.add")!.takes.length, 2);
  t.is(named.get("words.upper"), named.get("upper"));

  const table = dispatch(handlers);
  t.deepEqual([...table.keys()].sort(), ["add", "upper"]);
  t.is(tasks.math.add(1n, 2n).task.name, "math.add");

  const url = `memory:${folder}`;
  await using server = await Server.connect({ broker: url, resultBackend: url, logger: silentLogger });
  const worker = server.newWorker("w", { handlers: table });
  await worker.start();
  const send = senders(server);
  t.is(await (await send.words.upper("pear")).get(), "PEAR");
  t.deepEqual({ ...(await (await send.add("pear")).get()) }, { items: 4 });
  await worker.stop();
  await send.math.add(1n, 2n);
  const [waiting] = await server.getBroker().getPendingTasks();
  t.is(waiting!.Name, "math.add");
});

test("the contract in CONTRACTS.md imports what it says", async (t) => {
  const shown = blocks(await readFile("CONTRACTS.md", "utf8"));
  const contract = (mark: string) => shown.find((block) => block.mark === mark)!.text;
  const projectDir = await project(t, {
    "shop/schema/tasks.yaml": contract("imports: schema/tasks.yaml"),
    "shop/math/tasks.yaml": math,
    "node_modules/@pictures/tasks/package.json": "{}",
    "node_modules/@pictures/tasks/contract.yaml": contract("teams: schema/tasks.yaml"),
  });
  await generate({ projectDir, contract: "shop/schema/tasks.yaml" });
  const dispatch = await readFile(join(projectDir, "generated/dispatch.ts"), "utf8");
  t.true(dispatch.includes("[picturesDefinitions.fit, handlers.pictures.fit]"));
  t.regex(await readFile(join(projectDir, "generated/senders.ts"), "utf8"), /^ {2}readonly math: MathSenders;$/m);
});

test("a contract's package holds its own tasks alone, and needs nothing that it imports", async (t) => {
  const projectDir = await project(t, files);
  await packContract({ projectDir, name: "@shop/tasks", version: "1.0.0", out: "node_modules/@shop/tasks" });
  await writeAll(projectDir, {
    "math/tasks.yaml": "gone",
    "schema/tasks.yaml": 'contract: "1"\npackage: till\nimports: ["npm:@shop/tasks"]\ntasks: { ring: {} }\n',
  });
  const { written } = await generate({ projectDir });
  t.deepEqual(
    written.filter((path) => path.startsWith("imports/")),
    ["definitions", "senders", "tasks", "types", "validators"].map((name) => `imports/shop/${name}.ts`),
  );
  const packed = await readFile(join(projectDir, "node_modules/@shop/tasks/contract.yaml"), "utf8");
  t.false(packed.includes("imports"));
  t.deepEqual(
    (await readdir(join(projectDir, "node_modules/@shop/tasks"))).filter((name) => name === "imports"),
    [],
  );
});

test("in Go the namespace stands before the names of tasks and types, and only what is served has a handler", async (t) => {
  const projectDir = await project(t, files);
  await exportGo({ projectDir, out: "go" });
  const [senders, handlers, types] = await Promise.all(
    ["senders", "handlers", "types"].map((name) => readFile(join(projectDir, `go/${name}.go`), "utf8")),
  );
  t.regex(
    senders!,
    /^func MathAddSignature\(a int64, b int64\) \*tasks\.Signature \{\n\treturn newSignature\("math\.add", "[0-9a-f]{16}",$/m,
  );
  t.regex(senders!, /^func SendMathArea\(server \*machinery\.Server, size MathSize\) /m);
  t.regex(senders!, /^func SendAdd\(/m);
  t.deepEqual(
    [...handlers!.matchAll(/^\tnamed\["(.+?)"\]/gm)].map(([, name]) => name),
    ["add", "upper"],
  );
  t.deepEqual(
    [...types!.matchAll(/^type (\w+) struct/gm)].map(([, name]) => name),
    ["Size", "MathSize"],
  );
  t.is(formatReport(await exportGo({ projectDir, out: "go", check: true })), "");
});

test("what is imported no longer is stale, and goes", async (t) => {
  const projectDir = await project(t, files);
  await generate({ projectDir });
  await writeAll(projectDir, { "schema/tasks.yaml": own.replace("  - ../math/tasks.yaml\n", "") });
  const { drift } = await generate({ projectDir, check: true });
  const stale = drift.filter(({ kind }) => kind === "stale").map(({ path }) => path);
  t.deepEqual(
    stale,
    ["definitions", "senders", "tasks", "types", "validators"].map((name) => `imports/math/${name}.ts`),
  );
  t.deepEqual((await generate({ projectDir })).removed, stale);
});

test("another contract of the imported package is drift", async (t) => {
  const projectDir = await project(t, files);
  await generate({ projectDir });
  await writeAll(projectDir, { "math/tasks.yaml": math.replace("{ name: b, type: int64 }", "{ name: b, type: int32 }") });
  const { drift } = await generate({ projectDir, check: true });
  t.true(drift.length > 0 && drift.every(({ path, kind }) => path.startsWith("imports/math/") && kind === "changed"));
});
