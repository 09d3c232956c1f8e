import { relative, resolve, sep } from "node:path";
import { ContractError, type Diagnostic } from "./contract/diagnostics.js";
import { inspectContract } from "./contract/load.js";
import { readContract } from "./contract/read.js";
import { readContractSchema } from "./contract-schema.js";
import type { Model } from "./model.js";
import { readImports } from "./read-imports.js";

/**
 * The model of a contract file, with those that it imports, and its warnings.
 *
 * @param contract relative to the project
 * @throws ContractError if the contract has errors, all of them in one
 * @throws GenerateError `ERR_RUNTIME`
 */
export async function readModel(
  projectDir: string,
  contract = "schema/tasks.yaml",
  schemaDir?: string,
): Promise<{ model: Model; diagnostics: readonly Diagnostic[] }> {
  const contractSchema = await readContractSchema(projectDir, schemaDir);
  const file = resolve(projectDir, contract);
  const text = await readContract(file);
  const inspected = inspectContract({ text, path: named(projectDir, contract), contractSchema });
  const { findings, model } = inspected;
  if (model === undefined) throw new ContractError(findings.diagnostics());
  const { imports, diagnostics: further } = await readImports(inspected, file, projectDir, contractSchema);
  const diagnostics = [...findings.diagnostics(), ...further];
  if (findings.failed) throw new ContractError(diagnostics);
  return { model: { ...model, imports }, diagnostics };
}

/** A path as people see it: relative to the project, with `/`. */
export function named(projectDir: string, path: string): string {
  return relative(projectDir, resolve(projectDir, path)).split(sep).join("/");
}
