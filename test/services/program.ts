import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The path of a program: in one of the folders given, else on the PATH. */
export async function findProgram(name: string, folders: readonly string[] = []): Promise<string | undefined> {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of [...folders, ...path, "/usr/local/sbin", "/usr/sbin"]) {
    const program = join(folder, name);
    if (await isExecutable(program)) return program;
  }
  return undefined;
}

export function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** What the first group of `pattern` finds in a program's output. */
export async function firstMatch(program: string, args: readonly string[], pattern: RegExp): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args);
  return pattern.exec(stdout)?.[1] ?? "of unknown version";
}
