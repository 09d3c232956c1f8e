import { readFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { loadContract } from "./contract/load.js";
import { readContract } from "./contract/read.js";
import { withoutImports } from "./contract/without-imports.js";
import { readContractSchema } from "./contract-schema.js";
import { deliver, type GenerateOptions, type GenerateReport } from "./generate.js";
import { GenerateError } from "./generate-error.js";
import { isGeneratedFrom } from "./header.js";
import { checkPackageId, type Inherited } from "./pack/manifest.js";
import { packageFiles } from "./pack/package-files.js";
import { named, readModel } from "./read-model.js";

export interface PackOptions extends Omit<GenerateOptions, "validators" | "arbitraries" | "out"> {
  /** The package's name: `@team/math`. */
  readonly name: string;
  /** Its version, such as `1.2.0`. Default: that of the project's package.json. */
  readonly version?: string;
  /** The folder of the package, inside the project: one that is new, empty, or holds a contract package. */
  readonly out: string;
}

/**
 * Writes an npm package of a contract, for others to send its tasks; or with `check` tells how what is there differs from it. It is
 * ready to be published: JavaScript, declarations and the contract itself.
 *
 * @throws ContractError if the contract has errors, all of them in one
 * @throws GenerateError `ERR_PACKAGE`, and as `generate` does
 */
export async function packContract(options: PackOptions): Promise<GenerateReport> {
  const { name, contract = "schema/tasks.yaml", out, check = false, schemaDir } = options;
  const projectDir = resolve(options.projectDir ?? ".");
  const outDir = resolve(projectDir, out);
  const project = await manifestOf(projectDir);
  const version = options.version ?? project?.version;
  if (typeof version !== "string") {
    throw new GenerateError("ERR_PACKAGE", "the package has no version.", { hint: `Name one: ${name.slice(0, 80)}@1.0.0.` });
  }
  const id = { name, version };
  checkPackageId(id);
  await checkFolder(projectDir, outDir);
  const { model: whole, diagnostics } = await readModel(projectDir, contract, schemaDir);
  const text = withoutImports(await readContract(resolve(projectDir, contract)));
  const contractSchema = await readContractSchema(projectDir, schemaDir);
  const { model = whole } = loadContract({ text, path: whole.source, contractSchema });
  const files = await packageFiles(model, text, id, (project ?? {}) as Inherited);
  return { out: named(projectDir, out), diagnostics, ...(await deliver({ projectDir, outDir }, files, check)) };
}

/** The project's own files, or another's, are never written over. */
async function checkFolder(projectDir: string, outDir: string): Promise<void> {
  const hint = "Choose a folder of its own for the package, such as contract-package.";
  if (outDir === projectDir || projectDir.startsWith(outDir + sep)) {
    throw new GenerateError("ERR_PACKAGE", "a contract package cannot be the folder of the project.", { hint });
  }
  if ((await manifestOf(outDir)) === undefined) return;
  const index = await readFile(join(outDir, "index.js"), "utf8").catch(() => "");
  if (isGeneratedFrom("contract", index)) return;
  throw new GenerateError("ERR_PACKAGE", `${named(projectDir, outDir)} holds another package.`, { hint });
}

/** What a folder's package.json says; nothing where there is none. */
async function manifestOf(folder: string): Promise<Record<string, unknown> | undefined> {
  const path = join(folder, "package.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return { ...(JSON.parse(text) as object) };
  } catch (cause) {
    throw new GenerateError("ERR_PACKAGE", `${path} is not valid JSON.`, { hint: "Correct it.", cause });
  }
}
