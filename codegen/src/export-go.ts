import { resolve } from "node:path";
import { deliver, type GenerateOptions, type GenerateReport } from "./generate.js";
import { goFiles } from "./go/files.js";
import type { GoLibrary } from "./go/library.js";
import { named, readModel } from "./read-model.js";

export interface ExportGoOptions extends Omit<GenerateOptions, "validators" | "arbitraries" | "out"> {
  /** The folder of the Go package, inside the project. */
  readonly out: string;
  /** The major version of Go Machinery that the package is for. Default: `v2`. */
  readonly machinery?: GoLibrary;
}

/**
 * Writes a Go package of a contract's tasks, for senders and workers that use Go Machinery; or with `check` tells how what is there
 * differs from it.
 *
 * @throws ContractError if the contract has errors, all of them in one
 * @throws GenerateError `ERR_GO_NAME`, and as `generate` does
 */
export async function exportGo(options: ExportGoOptions): Promise<GenerateReport> {
  const { contract, out, check = false, machinery = "v2", schemaDir } = options;
  const projectDir = resolve(options.projectDir ?? ".");
  const { model, diagnostics } = await readModel(projectDir, contract, schemaDir);
  const output = { projectDir, outDir: resolve(projectDir, out) };
  return { out: named(projectDir, out), diagnostics, ...(await deliver(output, goFiles(model, machinery), check)) };
}
