import { readFile, realpath } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { quote } from "./diagnostics.js";
import { isObject, member } from "./record.js";

/** A contract file, and the npm package that it is part of, if it was found in one. Paths are real ones. */
export interface Located {
  readonly file: string;
  readonly package: { readonly name: string; readonly folder: string } | undefined;
}

/** Why an import leads nowhere, and what to do. */
export class ImportProblem extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/**
 * The contract that an import names: a file relative to the one that imports it, or the contract of an installed npm package. The
 * contract of a package imports no file from outside that package.
 *
 * @param from as the contract's JSON Schema lets it through
 * @throws ImportProblem
 */
export async function locateImport(from: string, importer: Located): Promise<Located> {
  if (!from.startsWith(".")) return locatePackage(from.replace(/^npm:/, ""), dirname(importer.file));
  const file = await real(resolve(dirname(importer.file), from), from);
  if (importer.package !== undefined && !isInside(importer.package.folder, file)) {
    throw new ImportProblem(`${quote(from)} leads out of the package ${importer.package.name}.`, "Import it as a package.");
  }
  return { file, package: importer.package };
}

async function real(path: string, from: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    throw new ImportProblem(`There is no file ${quote(from)}.`, "The path is relative to the contract that imports it.");
  }
}

/** As Node finds packages: in the nearest `node_modules` on the way up. */
async function locatePackage(name: string, from: string): Promise<Located> {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
    if (manifest !== undefined) return contractOf(name, await realpath(folder), manifest);
    if (dirname(at) === at) break;
  }
  throw new ImportProblem(
    `The package ${quote(name)} is not installed.`,
    `Install it: npm install ${name}. A file's path begins with ./ or ../.`,
  );
}

async function contractOf(name: string, folder: string, manifest: string): Promise<Located> {
  const named = contractSetting(name, manifest);
  const path = named ?? "contract.yaml";
  const file = await realpath(resolve(folder, path)).catch(() => undefined);
  if (file === undefined) {
    throw new ImportProblem(
      named === undefined
        ? `The package ${quote(name)} has no contract.`
        : `The package ${quote(name)} names ${quote(named)} as its contract, and has no such file.`,
      'A package has it as contract.yaml, or names it in its package.json: "machinery": { "contract": ... }.',
    );
  }
  if (!isInside(folder, file))
    throw new ImportProblem(`The contract of the package ${quote(name)} leads out of it.`, "Do not use this package.");
  return { file, package: { name, folder } };
}

function contractSetting(name: string, manifest: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(manifest);
  } catch {
    throw new ImportProblem(`The package.json of the package ${quote(name)} is not valid JSON.`, "Install the package anew.");
  }
  const setting = isObject(value) ? member(value.machinery, "contract") : undefined;
  return typeof setting === "string" ? setting : undefined;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`);
}
