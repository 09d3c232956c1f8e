import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { readContract } from "../contract/read.js";
import { GenerateError } from "../generate-error.js";
import { folderContract } from "./folder.js";
import { gitContract } from "./git.js";
import { npmContract } from "./npm.js";

/** The text of a contract that another one is compared with, and what messages call it. */
export interface OtherContract {
  readonly text: string;
  readonly path: string;
}

/**
 * The contract that a word on the command line means: `npm:package@version`; a file or folder that is there; else what git knows of the
 * same contract (a tag, a branch, a commit; `git:name` where a file has that name, too).
 *
 * @param contract the contract's file, relative to the project
 * @throws GenerateError `ERR_AGAINST`
 * @throws ContractError where the file cannot be read
 */
export async function otherContract(against: string, projectDir: string, contract: string): Promise<OtherContract> {
  if (against === "" || against.startsWith("-") || /\p{C}/u.test(against)) {
    throw new GenerateError("ERR_AGAINST", `${JSON.stringify(against.slice(0, 80))} is nothing to compare with.`, {
      hint: "Name a tag, branch or commit of git, a file, a folder, or npm:package@version.",
    });
  }
  if (against.startsWith("npm:")) return npmContract(against.slice("npm:".length), projectDir);
  if (against.startsWith("git:")) return gitContract(against.slice("git:".length), projectDir, contract);
  const path = resolve(projectDir, against);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return gitContract(against, projectDir, contract);
  if (found.isDirectory()) return folderContract(path, against);
  return { text: await readContract(path), path: against };
}
