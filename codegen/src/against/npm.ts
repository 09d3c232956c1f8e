import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { decodeContract } from "../contract/read.js";
import { isObject, member } from "../contract/record.js";
import { GenerateError } from "../generate-error.js";
import type { OtherContract } from "./against.js";
import { run } from "./command.js";
import { folderContract, noContract } from "./folder.js";
import { contractSetting, packedContract } from "./setting.js";

const form = /^((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)(?:@([A-Za-z0-9^~<>=.*+-]+))?$/;

/**
 * The contract of an npm package: of the one that is installed, if it is of that version; else npm fetches it. None of its scripts is run,
 * and nothing of it is written but the archive, into a temporary folder.
 *
 * @param spec `package@version`; a tag like `latest` or a range will do, and no version means the one that is installed, or the latest
 * @throws GenerateError `ERR_AGAINST`
 */
export async function npmContract(spec: string, projectDir: string): Promise<OtherContract> {
  const [, name, version] = form.exec(spec) ?? [];
  if (name === undefined) {
    throw new GenerateError("ERR_AGAINST", `${JSON.stringify(spec.slice(0, 80))} is no npm package and version.`, {
      hint: "Write it like npm:@team/math@1.2.0.",
    });
  }
  const installed = await installedFolder(name, version, projectDir);
  if (installed !== undefined) return folderContract(installed, `npm:${name}`);
  const folder = await mkdtemp(join(tmpdir(), "machinery-against-"));
  try {
    return await packedContractOf(version === undefined ? name : `${name}@${version}`, folder, projectDir);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function installedFolder(name: string, version: string | undefined, projectDir: string): Promise<string | undefined> {
  for (let at = projectDir; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
    if (manifest !== undefined && (version === undefined || versionOf(manifest) === version)) return folder;
    if (dirname(at) === at) return undefined;
  }
}

function versionOf(manifest: string): unknown {
  try {
    const value: unknown = JSON.parse(manifest);
    return isObject(value) ? member(value, "version") : undefined;
  } catch {
    return undefined;
  }
}

/** @param folder where the archive goes; removed by the caller */
async function packedContractOf(spec: string, folder: string, projectDir: string): Promise<OtherContract> {
  const called = `npm:${spec}`;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const packed = await run(npm, ["pack", spec, "--json", "--ignore-scripts", "--pack-destination", folder], projectDir);
  if (packed.output === undefined) {
    const [line = ""] = packed.stderr.split("\n").filter((one) => /^npm (?:ERR!|error) /.test(one) && !/ code /.test(one));
    const reason = line.replace(/^npm \S+ /, "").replace(/\.+$/, "");
    throw new GenerateError("ERR_AGAINST", `npm cannot fetch ${spec}: ${reason || packed.code}.`, {
      hint: "Check the name, the version, and the registry.",
    });
  }
  const archive = join(folder, archiveName(packed.output, called));
  const listed = (await run("tar", ["-tzf", archive], folder)).output?.toString().split(/\r?\n/) ?? [];
  // Its files stand in one folder, which most call `package`.
  const inArchive = (path: string) => listed.find((entry) => entry.slice(entry.indexOf("/") + 1) === path);
  const contents = async (path: string): Promise<Buffer | undefined> => {
    const entry = inArchive(path);
    return entry === undefined ? undefined : (await run("tar", ["-xzOf", archive, "--", entry], folder)).output;
  };
  const manifest = await contents("package.json");
  const named = manifest === undefined ? undefined : contractSetting(manifest.toString(), called);
  const path = named ?? packedContract;
  const bytes = await contents(path);
  if (bytes === undefined) throw noContract(called, named);
  return { text: decodeContract(bytes, `${called}/${path}`), path: `${called}/${path}` };
}

function archiveName(output: Buffer, called: string): string {
  try {
    const [{ filename }] = JSON.parse(output.toString()) as [{ filename: string }];
    // Of a package with a scope, older versions of npm print the name with a slash.
    return filename.replace(/^@/, "").replace("/", "-");
  } catch (cause) {
    throw new GenerateError("ERR_AGAINST", `What npm says of ${called} cannot be understood.`, { cause });
  }
}
