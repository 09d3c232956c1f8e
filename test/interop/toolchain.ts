import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findProgram } from "../services/program.js";

const run = promisify(execFile);
const source = fileURLToPath(new URL("../../../test/interop/go/", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "machinery-ts");

/** The Go command, or `undefined` where there is none. */
export const findGo = () => findProgram("go", ["/usr/local/go/bin"]);

/**
 * The program of `go/`: Go Machinery at the other end of a queue. Built from its sources, with the modules that they pin, and kept until
 * one of them changes; `undefined` where there is no Go.
 */
export async function buildGoMachinery(): Promise<string | undefined> {
  const go = await findGo();
  if (go === undefined) return undefined;
  const folder = join(cache, `interop-${await hashOfSources(go)}`);
  const program = join(folder, "interop");
  if (await exists(program)) return program;
  process.stderr.write(`Building Go Machinery, which takes a minute or two; it is kept in ${folder}\n`);
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, "build-"));
  try {
    await run(go, ["build", "-o", join(scratch, "interop"), "."], { cwd: source, maxBuffer: 2 ** 26 });
    // Another process may have built it meanwhile: this replaces it as a whole.
    await rename(join(scratch, "interop"), program);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return program;
}

async function hashOfSources(go: string): Promise<string> {
  const hash = createHash("sha256").update((await run(go, ["version"])).stdout);
  const files = await readdir(source, { recursive: true });
  for (const file of files.filter((name) => /\.(?:go|mod|sum)$/.test(name)).sort()) {
    hash.update(`\n${file}\n`).update(await readFile(join(source, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
