import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ExecutionContext } from "ava";
import { type GeneratedFiles, generateFiles, type JsonSchema, loadContract, type Model } from "machinery-ts-codegen";
import { ts } from "ts-morph";
import { temporaryFolder } from "../../services/temporary-folder.js";

/** The root of this repository, seen from the built test. */
export const root = fileURLToPath(new URL("../../../../", import.meta.url));

export async function readJson(path: string): Promise<JsonSchema> {
  return JSON.parse(await readFile(join(root, path), "utf8"));
}

const contractSchema = await readJson("schema/contract.schema.json");

/** The model of a contract that is valid. */
export function modelOf(contract: string | object): Model {
  const text = typeof contract === "string" ? contract : JSON.stringify(contract);
  const { model, diagnostics } = loadContract({ text, path: "tasks.yaml", contractSchema });
  if (model === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
  return model;
}

export function filesOf(contract: string | object): Promise<GeneratedFiles> {
  return generateFiles(modelOf(contract));
}

/** A folder as a user's project is one: machinery-ts is there by its name. It is gone after the test. */
export async function project(t: ExecutionContext, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules/machinery-ts"), "dir");
  for (const name of ["@types", "fast-check"])
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name), "dir");
  await writeAll(folder, { "package.json": '{ "name": "project", "type": "module" }', ...files });
  return folder;
}

export async function writeAll(
  folder: string,
  files: Iterable<readonly [string, string]> | Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Symbol.iterator in files ? (files as Iterable<readonly [string, string]>) : Object.entries(files);
  for (const [path, text] of entries) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Generated TypeScript as the modules that run, in a project of their own; `load` imports one of them. */
export async function built(t: ExecutionContext, files: GeneratedFiles): Promise<(path: string) => Promise<any>> {
  const folder = await project(t);
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  const modules = [...files].map(
    ([path, text]) => [path.replace(/ts$/, "js"), ts.transpileModule(text, { compilerOptions }).outputText] as const,
  );
  await writeAll(folder, modules);
  return (path) => import(pathToFileURL(join(folder, path)).href);
}
