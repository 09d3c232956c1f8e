import { basename, resolve } from "node:path";
import type { Diagnostic } from "./contract/diagnostics.js";
import { checkFiles, type Drift, type Output, type Written, writeFiles } from "./files.js";
import { type GeneratedFiles, generateFiles, generateValidators } from "./generate-files.js";
import { named, readModel } from "./read-model.js";
import { readSchemaFolder } from "./schema-folder.js";

export interface GenerateOptions {
  /** What all other paths are relative to, and what nothing is written outside of. Default: the current folder. */
  readonly projectDir?: string;
  /** The contract file, YAML or JSON. Default: `schema/tasks.yaml`. */
  readonly contract?: string;
  /** The folder of the generated files. Default: `generated`. */
  readonly out?: string;
  /**
   * Folders of plain JSON Schemas (`*.schema.json`) to make validators of, besides: those of `schema/wire` go to
   * `wire/validators.ts` in the output folder. Default: none.
   */
  readonly validators?: readonly string[];
  /** Whether arbitraries for property tests are made, too, for which the project has fast-check. Default: false. */
  readonly arbitraries?: boolean;
  /** Only tell what would change. Default: false. */
  readonly check?: boolean;
  /** The folder of the JSON Schema of contracts. Default: that of the machinery-ts which the project has installed. */
  readonly schemaDir?: string;
}

/** What came of it. Paths of files are relative to the output folder, with `/`. */
export interface GenerateReport extends Written {
  /** The output folder, relative to the project. */
  readonly out: string;
  /** Warnings of the contract. */
  readonly diagnostics: readonly Diagnostic[];
  /** With `check`: what is not as the contract gives it. Empty otherwise. */
  readonly drift: readonly Drift[];
}

/**
 * Generates the code of a contract, or with `check` tells how what is there differs from it.
 *
 * @throws ContractError if the contract has errors, all of them in one
 * @throws GenerateError for everything else that the user can mend: see its codes
 */
export async function generate(options: GenerateOptions = {}): Promise<GenerateReport> {
  const { contract, out = "generated", validators = [], arbitraries = false, check = false, schemaDir } = options;
  const projectDir = resolve(options.projectDir ?? ".");
  const { model, diagnostics } = await readModel(projectDir, contract, schemaDir);
  const files = new Map(await generateFiles(model, { arbitraries }));
  for (const folder of validators) {
    const source = named(projectDir, folder);
    for (const [path, validator] of await validatorsOf(resolve(projectDir, folder), source)) files.set(path, validator);
  }
  const output = { projectDir, outDir: resolve(projectDir, out) };
  return { out: named(projectDir, out), diagnostics, ...(await deliver(output, files, check)) };
}

/** Writes the files, or with `check` tells how what is there differs from them. */
export async function deliver(
  output: Output,
  files: GeneratedFiles,
  check: boolean,
): Promise<Written & { drift: readonly Drift[] }> {
  if (!check) return { ...(await writeFiles(output, files)), drift: [] };
  const drift = await checkFiles(output, files);
  const changed = new Set(drift.map(({ path }) => path));
  return { written: [], removed: [], unchanged: [...files.keys()].filter((path) => !changed.has(path)), drift };
}

async function validatorsOf(folder: string, source: string): Promise<GeneratedFiles> {
  return generateValidators({ source, path: `${basename(folder)}/validators.ts`, schemas: await readSchemaFolder(folder) });
}
