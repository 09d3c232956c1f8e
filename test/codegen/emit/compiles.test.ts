import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import test from "ava";
import { filesOf, project, root, writeAll } from "./project.js";

/** What tsc says of a project, with its own defaults and `strict`. */
async function tsc(folder: string, ...flags: string[]): Promise<string> {
  const bin = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, "--pretty", "false", "--noEmit", "-p", folder, ...flags], { cwd: folder }, (_, stdout) =>
      resolve(stdout),
    );
  });
}

const tsconfig = JSON.stringify({ compilerOptions: { strict: true, module: "nodenext", target: "es2022", types: ["node"] } });

test("this repository's generated files compile in a plain strict project", async (t) => {
  const folder = await project(t, { "tsconfig.json": tsconfig });
  const generated = join(root, "generated");
  const files = (await readdir(generated, { recursive: true })).filter((file) => file.endsWith(".ts"));
  t.true(files.length >= 9);
  await writeAll(
    folder,
    await Promise.all(files.map(async (file) => [file, await readFile(join(generated, file), "utf8")] as const)),
  );
  t.is(await tsc(folder), "");
});

test("generated files compile with every strict option, whatever the contract's names", async (t) => {
  const folder = await project(t, { "tsconfig.json": tsconfig });
  const names = ["string", "go", "definitions", "tasks", "text", "value", "results", "i"];
  const args = names.map((name) => ({ name, type: { $ref: "#/$defs/Tree" } }));
  const tree = { type: "object", properties: { children: { type: "array", items: { $ref: "#/$defs/Tree" } } } };
  const tasks = Object.fromEntries(names.map((name) => [name, { args, returns: args, description: name }]));
  await writeAll(folder, await filesOf({ contract: "1", package: "p", tasks, $defs: { Tree: tree, Unused: { type: "string" } } }));
  const flags = [
    "exactOptionalPropertyTypes",
    "noUncheckedIndexedAccess",
    "verbatimModuleSyntax",
    "isolatedModules",
    "noUnusedLocals",
    "isolatedDeclarations",
    "declaration",
  ];
  t.is(await tsc(folder, ...flags.flatMap((flag) => [`--${flag}`, "true"])), "");
});
