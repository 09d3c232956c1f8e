import { candidateVersion, installPackage } from "./apt.js";
import { findProgram } from "./program.js";

/** The Go command, or `undefined` where there is none. */
export const findGo = () => findProgram("go", ["/usr/local/go/bin"]);

/** Installs Go where Debian has one that will do: from 1.21 on it fetches the version of itself that a module asks for. */
export async function installGo(): Promise<string | undefined> {
  const [, minor] = /^(?:\d+:)?1\.(\d+)/.exec((await candidateVersion("golang-go")) ?? "") ?? [];
  if (Number(minor ?? 0) < 21) return undefined;
  await installPackage("golang-go");
  return await findGo();
}
