import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The path of a program: in one of the folders given, else on the PATH. */
export async function findProgram(name: string, folders: readonly string[] = []): Promise<string | undefined> {
  for (const folder of [...folders, ...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin"]) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== "" && isThere) return path;
  }
  return undefined;
}

/** What the first group of `pattern` finds in a program's output. */
export async function firstMatch(program: string, args: readonly string[], pattern: RegExp): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args);
  return pattern.exec(stdout)?.[1] ?? "of unknown version";
}
