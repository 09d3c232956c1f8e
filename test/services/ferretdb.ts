import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { candidateVersion, installPackage } from "./apt.js";
import { findProgram } from "./program.js";

const MODULE = "github.com/FerretDB/FerretDB";
/** The last version that needs no PostgreSQL. */
const VERSION = "v1.24.2";
/** Kept between runs. */
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "machinery-ts", `ferretdb-${VERSION}`);

const run = promisify(execFile);

export const findFerretdb = () => findProgram("ferretdb", [folder]);

/** Builds FerretDB with Go, from its source in Go's module cache; the program's path, or `undefined` where there is no Go to be had. */
export async function buildFerretdb(): Promise<string | undefined> {
  const go = (await findGo()) ?? (await installGo());
  if (go === undefined) return undefined;
  process.stderr.write(`Building FerretDB ${VERSION}, which takes a minute or two; it is kept in ${folder}\n`);
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, "build-"));
  try {
    const { stdout } = await run(go, ["mod", "download", "-json", `${MODULE}@${VERSION}`], { cwd: scratch });
    const source = join(scratch, "source");
    await cp(JSON.parse(stdout).Dir, source, { recursive: true });
    await makeWritable(source);
    // The module comes without this file, and the program does not start without it.
    await writeFile(join(source, "build/version/version.txt"), `${VERSION}\n`);
    const program = join(scratch, "ferretdb");
    await run(go, ["build", "-o", program, "./cmd/ferretdb"], { cwd: source, maxBuffer: 2 ** 26 });
    // Another process may have built it meanwhile: this replaces it as a whole.
    await rename(program, join(folder, "ferretdb"));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return await findFerretdb();
}

const findGo = () => findProgram("go", ["/usr/local/go/bin"]);

/** From 1.21 on, Go fetches the version of itself that a module asks for. */
async function installGo(): Promise<string | undefined> {
  const [, minor] = /^(?:\d+:)?1\.(\d+)/.exec((await candidateVersion("golang-go")) ?? "") ?? [];
  if (Number(minor ?? 0) < 21) return undefined;
  await installPackage("golang-go");
  return await findGo();
}

/** Go's module cache is read-only, and so are copies of it. */
async function makeWritable(source: string): Promise<void> {
  await chmod(source, 0o755);
  for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
