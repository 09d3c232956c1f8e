import type { Dirent } from "node:fs";
import { lstat, mkdir, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { createTwoFilesPatch } from "diff";
import { GenerateError } from "./generate-error.js";
import { contractFiles, type GeneratedFiles, importFiles } from "./generate-files.js";
import { goContractFiles } from "./go/files.js";
import { isGeneratedFrom } from "./header.js";

/** Where generated files go: a folder inside a project. Both are absolute. */
export interface Output {
  readonly projectDir: string;
  readonly outDir: string;
}

/** What `writeFiles` has done, by paths relative to the output folder. */
export interface Written {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  /** Generated before, and no longer. */
  readonly removed: readonly string[];
}

/** One file that is not what the contract gives. */
export interface Drift {
  /** Relative to the output folder, with `/`. */
  readonly path: string;
  readonly kind: "missing" | "changed" | "stale";
  /** A unified diff: from what is there to what should be. */
  readonly diff: string;
}

/**
 * Writes the files that differ, and removes generated ones that are no longer among them.
 *
 * @throws GenerateError `ERR_PATH`, before anything is written; `ERR_OUTPUT`
 */
export async function writeFiles(output: Output, files: GeneratedFiles): Promise<Written> {
  const drift = await checkFiles(output, files);
  for (const { path, kind } of drift) {
    const target = join(output.outDir, path);
    await attempt(target, async () => {
      if (kind === "stale") return rm(target);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, files.get(path)!);
    });
  }
  const paths = (...kinds: readonly Drift["kind"][]) => drift.filter(({ kind }) => kinds.includes(kind)).map(({ path }) => path);
  const written = paths("missing", "changed");
  return { written, unchanged: [...files.keys()].filter((path) => !written.includes(path)), removed: paths("stale") };
}

/**
 * What `writeFiles` would change. Writes nothing.
 *
 * @throws GenerateError `ERR_PATH`, `ERR_OUTPUT`
 */
export async function checkFiles(output: Output, files: GeneratedFiles): Promise<Drift[]> {
  for (const path of files.keys()) await checkPath(output, path);
  const drift: Drift[] = [];
  for (const [path, text] of files) {
    const before = await textOf(join(output.outDir, path));
    if (before !== text) drift.push({ path, kind: before === undefined ? "missing" : "changed", diff: diff(path, before, text) });
  }
  for (const [path, text] of await generatedBefore(output.outDir, files)) {
    if (!files.has(path)) drift.push({ path, kind: "stale", diff: diff(path, text, undefined) });
  }
  return drift.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function diff(path: string, before: string | undefined, after: string | undefined): string {
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  const to = after === undefined ? "/dev/null" : `b/${path}`;
  return createTwoFilesPatch(from, to, before ?? "", after ?? "").replace(/^=+\n/, "");
}

/** A path that is inside the output folder and the project, by its letters and on the disk. */
async function checkPath({ projectDir, outDir }: Output, path: string): Promise<void> {
  const target = resolve(outDir, path);
  if (!pathPattern.test(path) || devices.test(path) || !isInside(outDir, target)) {
    throw new GenerateError("ERR_PATH", `${JSON.stringify(path).slice(0, 80)} is no path of a generated file.`);
  }
  const project = await attempt(projectDir, () => realpath(projectDir));
  const real = await realAncestor(target);
  if (real !== project && !isInside(project, real)) {
    throw new GenerateError("ERR_PATH", `${relative(projectDir, target) || target} leads out of the project.`, {
      hint: "Choose an output folder inside the project that is no symbolic link to outside.",
    });
  }
}

const pathPattern = /^(?:[A-Za-z0-9_-]+\/)*[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:ts|js|go|json|ya?ml|md|html)$/;
/** Names that are no files on Windows. */
const devices = /(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:[./]|$)/i;

function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Where the path, or as much of it as exists, really is. A link that leads nowhere is refused. */
async function realAncestor(path: string): Promise<string> {
  const there = await attempt(path, () => orIfMissing(lstat(path), undefined));
  return there === undefined ? realAncestor(dirname(path)) : attempt(path, () => realpath(path));
}

/**
 * The generated files that are there, by their names and first lines: those of a contract in the folder itself, validators of plain
 * schemas one level below, those of imported contracts in `imports`. Nothing else is looked at, so that what another contract has generated deeper down is never taken for
 * stale, and neither is Go beside TypeScript.
 */
async function generatedBefore(outDir: string, files: GeneratedFiles): Promise<[path: string, text: string][]> {
  // A package says itself what it ships, and a document is one file.
  if (![...files.keys()].every((path) => /^[^.]+\.(?:ts|go)$/.test(path))) return [];
  const isGo = [...files.keys()].every((path) => path.endsWith(".go"));
  const candidates = [
    ...(isGo ? goContractFiles : contractFiles).map((path) => [path, "contract"] as const),
    ...(isGo ? [] : await foldersOf(outDir)).map(({ name }) => [`${name}/validators.ts`, "schemas"] as const),
    ...(isGo ? [] : await foldersOf(join(outDir, "imports"))).flatMap(({ name }) =>
      importFiles.map((file) => [`imports/${name}/${file}`, "import"] as const),
    ),
  ];
  const found: [string, string][] = [];
  for (const [path, what] of candidates) {
    const text = await textOf(join(outDir, path));
    if (text !== undefined && isGeneratedFrom(what, text)) found.push([path, text]);
  }
  return found;
}

async function foldersOf(folder: string): Promise<Dirent[]> {
  const entries = await attempt(folder, () => orIfMissing(readdir(folder, { withFileTypes: true }), []));
  return entries.filter((entry) => entry.isDirectory());
}

/** Line ends as the generator writes them, whatever the checkout has made of them. */
async function textOf(path: string): Promise<string | undefined> {
  const text = await attempt(path, () => orIfMissing(readFile(path, "utf8"), undefined));
  return text?.replaceAll("\r\n", "\n");
}

async function orIfMissing<T, Otherwise>(reading: Promise<T>, otherwise: Otherwise): Promise<T | Otherwise> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return otherwise;
    throw error;
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    throw new GenerateError("ERR_OUTPUT", `${path} cannot be used: ${code}.`, { hint: "Check the path and its rights.", cause });
  }
}
