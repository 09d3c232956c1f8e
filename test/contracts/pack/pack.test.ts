import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import test from "ava";
import { GenerateError, packContract } from "machinery-ts-codegen";
import { machinery } from "../../cli/command.js";
import { temporaryFolder } from "../../services/temporary-folder.js";

const contract = 'contract: "1"\npackage: p\ntasks:\n  add:\n    args: [{ name: a, type: int64 }]\n';

async function project(t: { teardown(fn: () => unknown): void }, manifest: object = {}): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "node_modules"));
  await symlink(resolve("."), join(folder, "node_modules/machinery-ts"));
  await mkdir(join(folder, "schema"));
  await writeFile(join(folder, "schema/tasks.yaml"), contract);
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  return folder;
}

test("the version is the project's, unless it is named; drift is shown", async (t) => {
  const cwd = await project(t, { version: "3.2.1", publishConfig: { access: "restricted" } });
  const packed = async () => JSON.parse(await readFile(join(cwd, "contract-package/package.json"), "utf8"));
  await packContract({ projectDir: cwd, name: "@team/p", out: "contract-package" });
  t.like(await packed(), { name: "@team/p", version: "3.2.1", publishConfig: { access: "restricted" } });

  const drift = await machinery(["pack", "@team/p@4.0.0-rc.1", "--check"], { cwd });
  t.is(drift.code, 1);
  t.regex(drift.stdout, /^-.*"3\.2\.1",\n\+.*"4\.0\.0-rc\.1",$/m);
  t.is((await machinery(["pack", "@team/p@4.0.0-rc.1"], { cwd })).stdout, "wrote contract-package/package.json\n");
});

test("descriptions are no markup in the package's README", async (t) => {
  const cwd = await project(t);
  const description = "<img src=x> | [a](http://b) `c` *d*";
  await writeFile(join(cwd, "schema/tasks.yaml"), contract.replace("    args", `    description: "${description}"\n    args`));
  await packContract({ projectDir: cwd, name: "p", version: "1.0.0", out: "out" });
  const [, cell] = /^\| `add\(a: bigint\): void` \| (.*) \|$/m.exec(await readFile(join(cwd, "out/README.md"), "utf8"))!;
  t.notRegex(cell!.replaceAll("\\|", ""), /[<>[\]`*|]/);
  t.is(cell!.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))).replace("\\|", "|"), description);
});

test("what is imported, and older versions, stay where they are", async (t) => {
  const cwd = await project(t);
  const imported = contract.replace("package: p", "package: other").replace("add:", "multiply:");
  await writeFile(join(cwd, "other.yaml"), imported);
  const versions = "    versions: [{ args: [{ name: a, type: string }] }]\n";
  await writeFile(join(cwd, "schema/tasks.yaml"), `${contract}${versions}imports: ["../other.yaml"]\n`);
  await packContract({ projectDir: cwd, name: "p", version: "1.0.0", out: "out" });
  for (const file of ["senders.js", "senders.d.ts", "definitions.js", "validators.js"])
    t.notRegex(await readFile(join(cwd, "out", file), "utf8"), /other|multiply|version/i, file);
});

test("what cannot be a package is refused, and nothing is written", async (t) => {
  const projectDir = await project(t);
  await mkdir(join(projectDir, "taken"));
  await writeFile(join(projectDir, "taken/package.json"), "{}");
  for (const [given, reason] of [
    [{ name: "@Team/p" }, /"@Team\/p" is no name of an npm package\. Write it like/],
    [{ version: "1.0" }, /"1\.0" is no version\. Write it like 1\.2\.0\./],
    [{ version: undefined }, /the package has no version\. Name one: p@1\.0\.0\./],
    [{ out: "." }, /cannot be the folder of the project/],
    [{ out: "../elsewhere" }, /leads out of the project/],
    [{ out: "taken" }, /taken holds another package/],
  ] as const) {
    const options = { projectDir, name: "p", version: "1.0.0", out: "new", ...given };
    const error = await t.throwsAsync(packContract(options as Parameters<typeof packContract>[0]), { instanceOf: GenerateError });
    t.regex(error!.message, reason);
  }
  t.is(await readFile(join(projectDir, "taken/package.json"), "utf8"), "{}");
  await t.throwsAsync(readFile(join(projectDir, "new/package.json")));
});
