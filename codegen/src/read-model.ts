import { relative, resolve, sep } from "node:path";
import { ContractError, type Diagnostic } from "./contract/diagnostics.js";
import { loadContract } from "./contract/load.js";
import { readContract } from "./contract/read.js";
import { readContractSchema } from "./contract-schema.js";
import type { Model } from "./model.js";

/**
 * The model of a contract file, with its warnings.
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
  const text = await readContract(resolve(projectDir, contract));
  const { model, diagnostics } = loadContract({ text, path: named(projectDir, contract), contractSchema });
  if (model === undefined) throw new ContractError(diagnostics);
  return { model, diagnostics };
}

/** A path as people see it: relative to the project, with `/`. */
export function named(projectDir: string, path: string): string {
  return relative(projectDir, resolve(projectDir, path)).split(sep).join("/");
}
