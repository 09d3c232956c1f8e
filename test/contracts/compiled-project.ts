import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExecutionContext } from "ava";
import { generate } from "machinery-ts-codegen";
import { project } from "../codegen/emit/project.js";

const compilerOptions = {
  strict: true,
  noUnusedLocals: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  module: "nodenext",
  target: "es2023",
  outDir: "dist",
  rootDir: ".",
  types: [],
  skipLibCheck: true,
};

export interface CompiledProject {
  readonly folder: string;
  /** A compiled module. */
  load(path: string): Promise<any>;
  /** What tsc prints of it. */
  compile(): Promise<string>;
}

/** A user's project: its contract generated, then compiled by plain tsc, which must find no fault. */
export async function compiledProject(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<CompiledProject> {
  const folder = await project(t, {
    "tsconfig.json": JSON.stringify({ compilerOptions, include: ["generated", "tasks"] }),
    ...files,
  });
  await generate({ projectDir: folder });
  const printed = await tsc(folder);
  if (printed !== "") throw new Error(printed);
  return { folder, load: (path) => import(pathToFileURL(join(folder, "dist", path)).href), compile: () => tsc(folder) };
}

function tsc(folder: string): Promise<string> {
  const bin = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, "--pretty", "false", "-p", folder], { cwd: folder }, (_, stdout) => resolve(stdout));
  });
}
