import { execFile } from "node:child_process";
import { chmod, cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { findGo, installGo } from "./go.js";
import { KeptProgram } from "./kept-program.js";

const MODULE = "github.com/FerretDB/FerretDB";
/** The last version that needs no PostgreSQL. */
const VERSION = "v1.24.2";
const ferretdb = new KeptProgram("ferretdb", VERSION);

const run = promisify(execFile);

export const findFerretdb = () => ferretdb.find();

/** Builds FerretDB with Go, from its source in Go's module cache; the program's path, or `undefined` where there is no Go to be had. */
export async function buildFerretdb(): Promise<string | undefined> {
  const go = (await findGo()) ?? (await installGo());
  if (go === undefined) return undefined;
  return await ferretdb.build(async (scratch) => {
    const { stdout } = await run(go, ["mod", "download", "-json", `${MODULE}@${VERSION}`], { cwd: scratch });
    const source = join(scratch, "source");
    await cp(JSON.parse(stdout).Dir, source, { recursive: true });
    await makeWritable(source);
    // The module comes without this file, and the program does not start without it.
    await writeFile(join(source, "build/version/version.txt"), `${VERSION}\n`);
    await run(go, ["build", "-o", join(scratch, "ferretdb"), "./cmd/ferretdb"], { cwd: source, maxBuffer: 2 ** 26 });
  });
}

/** Go's module cache is read-only, and so are copies of it. */
async function makeWritable(source: string): Promise<void> {
  await chmod(source, 0o755);
  for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
