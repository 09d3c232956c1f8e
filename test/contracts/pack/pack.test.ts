import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import test from "ava";
import { machinery, temporaryFolder } from "../../cli/command.js";

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
  t.is((await machinery(["pack", "@team/p"], { cwd })).code, 0);
  t.like(await packed(), { name: "@team/p", version: "3.2.1", publishConfig: { access: "restricted" } });
  t.deepEqual(await machinery(["pack", "@team/p", "--check"], { cwd }), { code: 0, stdout: "", stderr: "" });

  const drift = await machinery(["pack", "@team/p@4.0.0-rc.1", "--check"], { cwd });
  t.is(drift.code, 1);
  t.regex(drift.stdout, /^-.*"3\.2\.1",\n\+.*"4\.0\.0-rc\.1",$/m);
  t.is((await machinery(["pack", "@team/p@4.0.0-rc.1"], { cwd })).stdout, "wrote contract-package/package.json\n");
});

test("what is imported, and older versions, stay where they are", async (t) => {
  const cwd = await project(t);
  await writeFile(join(cwd, "other.yaml"), contract.replace("package: p", "package: other\nwire_names: package"));
  await writeFile(
    join(cwd, "schema/tasks.yaml"),
    `${contract}    versions: [{ args: [{ name: a, type: string }] }]\nimports: ["../other.yaml"]\n`,
  );
  const { code, stderr } = await machinery(["pack", "p@1.0.0"], { cwd });
  t.is(code, 0, stderr);
  const text = (file: string) => readFile(join(cwd, "contract-package", file), "utf8");
  t.notRegex(`${await text("senders.js")}${await text("definitions.js")}${await text("validators.js")}`, /other|version/i);
});

test("what cannot be a package is refused, and nothing is written", async (t) => {
  const cwd = await project(t);
  for (const [args, reason] of [
    [["@Team/p@1.0.0"], /"@Team\/p" is no name of an npm package\. Write it like/],
    [["p@1.0"], /"1\.0" is no version\. Write it like 1\.2\.0\./],
    [["p"], /the package has no version\. Name one: p@1\.0\.0\./],
    [["p@1.0.0", "--out", "."], /cannot be the folder of the project/],
    [["p@1.0.0", "--out", "../elsewhere"], /leads out of the project/],
    [["p@1.0.0", "--out", "other"], /other holds another package/],
  ] as const) {
    await mkdir(join(cwd, "other"), { recursive: true });
    await writeFile(join(cwd, "other/package.json"), "{}");
    const { code, stdout, stderr } = await machinery(["pack", ...args], { cwd });
    t.is(code, 2, stderr);
    t.is(stdout, "");
    t.regex(stderr, reason);
  }
  t.is(await readFile(join(cwd, "other/package.json"), "utf8"), "{}");
});
