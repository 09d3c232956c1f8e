import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { temporaryFolder } from "../services/temporary-folder.js";

/** A project as `npm start` leaves this repository: its contract and handlers compiled, machinery-ts installed. */
export async function builtProject(t: { teardown(fn: () => unknown): void }): Promise<string> {
  const folder = await temporaryFolder(t);
  const packages = join(folder, "node_modules");
  for (const path of [".bin", "@types"]) await mkdir(join(packages, path), { recursive: true });
  await symlink(resolve("."), join(packages, "machinery-ts"));
  for (const name of ["@types/node", "fast-png", "fast-check", "cli-progress"])
    await symlink(resolve("node_modules", name), join(packages, name));
  await symlink(resolve("dist/src/cli/main.js"), join(packages, ".bin/machinery"));
  for (const path of ["dist/generated", "dist/tasks"]) await cp(path, join(folder, path), { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  return folder;
}
