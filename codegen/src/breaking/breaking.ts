import { resolve } from "node:path";
import { otherContract } from "../against/against.js";
import { readContract } from "../contract/read.js";
import { readContractSchema } from "../contract-schema.js";
import { named } from "../read-model.js";
import { type BreakingReport, compareTexts } from "./report.js";

export interface BreakingOptions {
  /** What all other paths are relative to. Default: the current folder. */
  readonly projectDir?: string;
  /** The contract file, YAML or JSON. Default: `schema/tasks.yaml`. */
  readonly contract?: string;
  /** A tag, branch or commit of git, a file, a folder, or `npm:package@version`. */
  readonly against: string;
  /** The folder of the JSON Schema of contracts. Default: that of the machinery-ts which the project has installed. */
  readonly schemaDir?: string;
}

/**
 * Everything that has changed in a contract since another state of it.
 *
 * @throws ContractError if one of both has errors
 * @throws GenerateError `ERR_AGAINST` where there is nothing to compare with; `ERR_RUNTIME`
 */
export async function breaking(options: BreakingOptions): Promise<BreakingReport> {
  const { contract = "schema/tasks.yaml", against, schemaDir } = options;
  const projectDir = resolve(options.projectDir ?? ".");
  const contractSchema = await readContractSchema(projectDir, schemaDir);
  const text = await readContract(resolve(projectDir, contract));
  const other = await otherContract(against, projectDir, contract);
  return compareTexts({ ...other, contractSchema }, { text, path: named(projectDir, contract), contractSchema });
}
