import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { temporaryFolder } from "../../services/temporary-folder.js";

const root = join(import.meta.dirname, "../../../..");
const sources = join(root, "test/types/workflow");

/** Compiles files, by name, in a folder of their own, as a user's project would, and returns what tsc printed. */
async function tsc(t: ExecutionContext, files: Record<string, string>, ...flags: string[]): Promise<string> {
  const folder = await temporaryFolder(t);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2023",
    module: "nodenext",
    types: [],
    skipLibCheck: true,
    paths: { "machinery-ts": [join(root, "dist/src/index.d.ts")] },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const bin = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, "--pretty", "false", "-p", folder, ...flags], { cwd: folder }, (_, stdout) => resolve(stdout));
  });
}

const source = (name: string) => readFile(join(sources, name), "utf8");

test("what does not fit is one short error, at the argument, that says why", async (t) => {
  const wrong = await source("wrong.ts");
  const printed = await tsc(t, {
    "tasks.ts": await source("tasks.ts"),
    "wrong.ts": wrong.replaceAll("@ts-expect-error", "wrong:"),
  });
  const errors = new Map(
    [...printed.matchAll(/^wrong\.ts\((\d+),\d+\): error TS\d+: (.*)$/gm)].map(([, line, text]) => [Number(line), text!]),
  );
  const wanted = wrong.split("\n").flatMap((line, i) => {
    const sentence = /^\/\/ @ts-expect-error (.*)$/.exec(line)?.[1];
    return sentence === undefined ? [] : [{ line: i + 2, sentence }];
  });

  t.is(wanted.length, 30);
  t.is(errors.size, wanted.length);
  for (const { line, sentence } of wanted) {
    t.true(errors.get(line)?.includes(sentence), `line ${line} should say: ${sentence}\nit says: ${errors.get(line)}`);
    t.true(errors.get(line)!.length < 400, `line ${line} says too much`);
  }
});

test("a contract of 200 tasks and a chain of 100 stay cheap to compile", async (t) => {
  const names = Array.from({ length: 200 }, (_, i) => `task${i}`);
  const contract = [
    'import { chain, type Signature } from "machinery-ts";',
    'type Sig<M extends readonly any[]> = Signature<M, readonly ["int64"], bigint, false>;',
    "export interface Tasks {",
    ...names.map(
      (name) =>
        `  ${name}: { (a: bigint, b: bigint): Sig<readonly []>; partial(): Sig<readonly ["int64", "int64"]>; partial(a: bigint): Sig<readonly ["int64"]> };`,
    ),
    "}",
    "export declare const tasks: Tasks;",
  ];
  const links = names.slice(1, 100).map((name) => `tasks.${name}.partial(1n)`);
  const count = async (files: Record<string, string>) => {
    const printed = await tsc(t, files, "--extendedDiagnostics");
    t.false(printed.includes("error TS"), printed);
    return Number(/^Instantiations:\s+(\d+)$/m.exec(printed)?.[1]);
  };

  const without = await count({ "contract.ts": contract.join("\n") });
  const withChain = await count({
    "contract.ts": [...contract, `export const long = chain(tasks.task0(1n, 1n), ${links.join(", ")});`].join("\n"),
  });

  t.log(`instantiations: ${without} for a contract of 200 tasks, ${withChain - without} more for a chain of 100`);
  t.true(without < 10_000);
  t.true(withChain - without < 50_000);
});
