import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { npm } from "./npm.js";

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface Package {
  /** Where it is made from, in this repository. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** The paths of what it ships. */
  readonly files: readonly string[];
  /** The name of the file that is published. */
  readonly tarball: string;
}

/**
 * Packs the two packages of this repository.
 *
 * @param destination a folder for the tarballs; without one they are not written
 */
export async function pack(destination?: string): Promise<{ readonly runtime: Package; readonly codegen: Package }> {
  const where = destination === undefined ? ["--dry-run"] : ["--pack-destination", destination];
  const output = await npm(".", "pack", "--json", "--workspace", "codegen", "--include-workspace-root", ...where);
  const packed = JSON.parse(output) as { name: string; filename: string; files: { path: string }[] }[];
  const find = async (folder: string): Promise<Package> => {
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
    const { files, filename } = packed.find(({ name }) => name === manifest.name)!;
    return { folder, manifest, files: files.map(({ path }) => path), tarball: filename };
  };
  return { runtime: await find("."), codegen: await find("codegen") };
}
