import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import test from "ava";
import { temporaryFolder } from "../services/temporary-folder.js";
import { machinery } from "./command.js";

/** A project with its contract elsewhere than usual, and machinery-ts installed. */
async function project(t: { teardown(fn: () => unknown): void }, contract: string): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "api"));
  await mkdir(join(folder, "node_modules"));
  await symlink(resolve("."), join(folder, "node_modules/machinery-ts"));
  await writeFile(join(folder, "api/tasks.yaml"), contract);
  await writeFile(join(folder, "package.json"), JSON.stringify({ machinery: { contract: "api/tasks.yaml", out: "src/api" } }));
  return folder;
}

const contract = 'contract: "1"\npackage: p\ntasks:\n  add:\n    args: [{ name: a, type: int64 }]\n';

test("code is generated, and drift from the contract is shown as a diff", async (t) => {
  const cwd = await project(t, contract);
  const written = await machinery(["generate"], { cwd });
  t.is(written.code, 0, written.stderr);
  t.regex(written.stdout, /^wrote src\/api\/definitions\.ts$/m);
  t.deepEqual(await machinery(["generate", "--check"], { cwd }), { code: 0, stdout: "", stderr: "" });

  const definitions = join(cwd, "src/api/definitions.ts");
  await writeFile(definitions, (await readFile(definitions, "utf8")).replace('"int64"', '"int32"'));
  const drift = await machinery(["generate", "--check"], { cwd });
  t.is(drift.code, 1);
  t.regex(drift.stdout, /^--- a\/definitions\.ts\n\+\+\+ b\/definitions\.ts\n@@ /);
  t.regex(drift.stdout, /^-.*"int32".*\n\+.*"int64".*$/m);
  t.is(drift.stderr, "");
});

test("what is wrong with a contract is shown where it stands", async (t) => {
  const cwd = await project(t, contract.replace("int64", "int46"));
  const { code, stdout, stderr } = await machinery(["generate"], { cwd });
  t.is(code, 2);
  t.is(stdout, "");
  t.regex(stderr, /^api\/tasks\.yaml:5:29 \/tasks\/add\/args\/0\/type \[ERR_TYPE\] "int46" .*\n5 \| .*int46.*\n +\^\n$/);
});

test("a misspelt key in package.json is told", async (t) => {
  const cwd = await temporaryFolder(t);
  await writeFile(join(cwd, "package.json"), JSON.stringify({ machinery: { contarct: "api.yaml" } }));
  const { code, stderr } = await machinery(["generate"], { cwd });
  t.is(code, 2);
  t.regex(stderr, /^error: \[ERR_PROJECT\] .*package\.json \(machinery\.contarct\): .*Did you mean "contract"\?\n$/);
});
