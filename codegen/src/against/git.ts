import { relative, resolve, sep } from "node:path";
import { decodeContract } from "../contract/read.js";
import { GenerateError } from "../generate-error.js";
import type { OtherContract } from "./against.js";
import { type Outcome, run } from "./command.js";
import { contractSetting, packedContract } from "./setting.js";

/**
 * A contract as git has it at a tag, branch or commit: at the same path, else where package.json of that time says it is. Nothing is
 * fetched, and no file of the work tree is touched.
 *
 * @throws GenerateError `ERR_AGAINST`
 */
export async function gitContract(ref: string, projectDir: string, contract: string): Promise<OtherContract> {
  if (ref === "" || ref.startsWith("-")) throw noSuchRef(ref);
  const parsed = await run("git", ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`], projectDir);
  if (parsed.output === undefined) throw await explained(parsed, ref, projectDir);
  const commit = parsed.output.toString().trim();

  const shown = async (path: string): Promise<Buffer | undefined> =>
    (await run("git", ["show", "--end-of-options", `${commit}:./${path}`], projectDir)).output;
  const here = relative(projectDir, resolve(projectDir, contract)).split(sep).join("/");
  const bytes = await shown(here);
  if (bytes !== undefined) return text(bytes, ref, here);

  const manifest = await shown("package.json");
  const there = (manifest === undefined ? undefined : contractSetting(manifest.toString(), ref)) ?? packedContract;
  const moved = there.startsWith("/") || there.split("/").includes("..") ? undefined : await shown(there);
  if (moved !== undefined) return text(moved, ref, there);
  throw new GenerateError("ERR_AGAINST", `There is no ${here} at ${ref}, and no other contract.`, {
    hint: "Compare with a later one, or name the file: git show REF:PATH > old.yaml, and --against old.yaml.",
  });
}

function text(bytes: Buffer, ref: string, path: string): OtherContract {
  const called = `${ref}:${path}`;
  return { text: decodeContract(bytes, called), path: called };
}

function noSuchRef(ref: string): GenerateError {
  return new GenerateError(
    "ERR_AGAINST",
    `There is no file or folder ${JSON.stringify(ref)}, and git knows no such tag, branch or commit.`,
    {
      hint: "In a shallow clone it may have to be fetched first: git fetch --depth=1 origin tag NAME.",
    },
  );
}

async function explained(outcome: Outcome, ref: string, projectDir: string): Promise<GenerateError> {
  if (outcome.output === undefined && outcome.code === "ENOENT") {
    return new GenerateError("ERR_AGAINST", `There is no file or folder ${JSON.stringify(ref)}, and git is not installed.`, {
      hint: "Install git, or name a file, a folder, or npm:package@version.",
    });
  }
  const inside = await run("git", ["rev-parse", "--is-inside-work-tree"], projectDir);
  if (inside.output !== undefined) return noSuchRef(ref);
  return new GenerateError("ERR_AGAINST", `There is no file or folder ${JSON.stringify(ref)}, and this is no work tree of git.`, {
    hint: "Name a file, a folder, or npm:package@version.",
  });
}
