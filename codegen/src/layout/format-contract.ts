import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createTwoFilesPatch } from "diff";
import { readContract } from "../contract/read.js";
import { GenerateError } from "../generate-error.js";
import { named } from "../read-model.js";
import { layOut } from "./layout.js";

export interface FormatContractOptions {
  /** What the contract's path is relative to. Default: the current folder. */
  readonly projectDir?: string;
  /** The contract file, YAML or JSON. Default: `schema/tasks.yaml`. */
  readonly contract?: string;
  /** Write nothing. Default: false. */
  readonly check?: boolean;
}

export interface FormattedContract {
  /** The contract, relative to the project. */
  readonly path: string;
  /** A unified diff, from what is there to what should be; empty where nothing changes. */
  readonly diff: string;
}

/**
 * Lays a contract file out, or with `check` tells how it differs from its layout.
 *
 * @throws ContractError if it cannot be read, or is no YAML
 * @throws GenerateError `ERR_OUTPUT` if it cannot be written
 */
export async function formatContract(options: FormatContractOptions = {}): Promise<FormattedContract> {
  const { contract = "schema/tasks.yaml", check = false } = options;
  const projectDir = resolve(options.projectDir ?? ".");
  const file = resolve(projectDir, contract);
  const path = named(projectDir, contract);
  const text = await readContract(file);
  const laidOut = layOut(text, path);
  if (laidOut === text) return { path, diff: "" };
  if (!check) {
    await writeFile(file, laidOut).catch((cause: NodeJS.ErrnoException) => {
      throw new GenerateError("ERR_OUTPUT", `${path} cannot be written: ${cause.code}.`, { cause });
    });
  }
  return { path, diff: createTwoFilesPatch(path, path, text, laidOut, "", "", { context: 3 }) };
}
