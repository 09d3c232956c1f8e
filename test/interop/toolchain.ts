import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findGo } from "../services/go.js";
import { KeptProgram } from "../services/kept-program.js";

const run = promisify(execFile);
const source = fileURLToPath(new URL("../../../test/interop/go/", import.meta.url));

/**
 * The program of `go/`: Go Machinery at the other end of a queue. Built from its sources, with the modules that they pin, and kept until
 * one of them changes; `undefined` where there is no Go.
 */
export async function buildGoMachinery(): Promise<string | undefined> {
  const go = await findGo();
  if (go === undefined) return undefined;
  const kept = new KeptProgram("interop", await hashOfSources(go));
  return (
    (await kept.find()) ??
    (await kept.build((scratch) => run(go, ["build", "-o", join(scratch, "interop"), "."], { cwd: source, maxBuffer: 2 ** 26 })))
  );
}

async function hashOfSources(go: string): Promise<string> {
  const hash = createHash("sha256").update((await run(go, ["version"])).stdout);
  const files = await readdir(source, { recursive: true });
  for (const file of files.filter((name) => /\.(?:go|mod|sum)$/.test(name)).sort()) {
    hash.update(`\n${file}\n`).update(await readFile(join(source, file)));
  }
  return hash.digest("hex").slice(0, 16);
}
