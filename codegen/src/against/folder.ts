import { readFile, realpath } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { readContract } from "../contract/read.js";
import { GenerateError } from "../generate-error.js";
import type { OtherContract } from "./against.js";
import { contractSetting, packedContract } from "./setting.js";

/**
 * The contract of a project or of an unpacked package: the one that its package.json names, else `contract.yaml`, else
 * `schema/tasks.yaml`.
 *
 * @param called what messages call the folder
 * @throws GenerateError `ERR_AGAINST` where it has none
 */
export async function folderContract(folder: string, called: string): Promise<OtherContract> {
  const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
  const named = manifest === undefined ? undefined : contractSetting(manifest, called);
  const inside = await realpath(folder);
  for (const path of named === undefined ? [packedContract, "schema/tasks.yaml"] : [named]) {
    const file = await realpath(resolve(inside, path)).catch(() => undefined);
    if (file === undefined) continue;
    const way = relative(inside, file);
    if (way.startsWith("..") || resolve(way) === way) {
      throw new GenerateError("ERR_AGAINST", `The contract of ${called} leads out of it.`, { hint: "Name the contract itself." });
    }
    return { text: await readContract(file), path: `${called.replace(/[/\\]+$/, "")}/${way.split(sep).join("/")}` };
  }
  throw noContract(called, named);
}

export function noContract(called: string, named: string | undefined): GenerateError {
  return named === undefined
    ? new GenerateError("ERR_AGAINST", `${called} has no contract.`, {
        hint: `It stands in ${packedContract}, or package.json names it: "machinery": { "contract": … }.`,
      })
    : new GenerateError("ERR_AGAINST", `${called} names ${JSON.stringify(named)} as its contract, and has no such file.`);
}
