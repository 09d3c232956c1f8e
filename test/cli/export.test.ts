import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import test from "ava";
import { temporaryFolder } from "../services/temporary-folder.js";
import { machinery } from "./command.js";

const contract = 'contract: "1"\npackage: p\ntasks:\n  add:\n    args: [{ name: a, type: int64 }]\n';

async function project(t: { teardown(fn: () => unknown): void }, text = contract): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "node_modules"));
  await symlink(resolve("."), join(folder, "node_modules/machinery-ts"));
  await mkdir(join(folder, "api"));
  await writeFile(join(folder, "api/tasks.yaml"), text);
  await writeFile(join(folder, "package.json"), JSON.stringify({ machinery: { contract: "api/tasks.yaml" } }));
  return folder;
}

test("a Go package is written, and drift from the contract is shown", async (t) => {
  const cwd = await project(t);
  const written = await machinery(["export", "go", "--out", "go"], { cwd });
  t.is(written.code, 0, written.stderr);
  t.is(written.stdout, "wrote go/handlers.go\nwrote go/senders.go\n");
  t.regex(await readFile(join(cwd, "go/senders.go"), "utf8"), /"github\.com\/RichardKnop\/machinery\/v2"/);
  t.deepEqual(await machinery(["export", "go", "--out", "go", "--check"], { cwd }), { code: 0, stdout: "", stderr: "" });

  const drift = await machinery(["export", "go", "--out", "go", "--machinery", "v1", "--check"], { cwd });
  t.is(drift.code, 1);
  t.regex(drift.stdout, /^-.*machinery\/v2"\n\+.*machinery\/v1"$/m);
});

test("a Go file that the contract no longer gives is removed, and no other", async (t) => {
  const cwd = await project(t, `${contract}$defs:\n  A: { type: object }\n`);
  await machinery(["export", "go", "--out", "go"], { cwd });
  await writeFile(join(cwd, "go/own.go"), "package p\n");
  await writeFile(join(cwd, "api/tasks.yaml"), contract);
  await machinery(["generate", "--out", "go"], { cwd });
  t.true((await readdir(join(cwd, "go"))).includes("types.go"));
  t.is(
    (await machinery(["export", "go", "--out", "go"], { cwd })).stdout,
    "wrote go/handlers.go\nwrote go/senders.go\nremoved go/types.go\n",
  );
  const files = await readdir(join(cwd, "go"));
  t.deepEqual(
    files.filter((file) => file.endsWith(".go")),
    ["handlers.go", "own.go", "senders.go"],
  );
  t.true(files.includes("senders.ts"));
});

test("what is wrong with a contract is shown where it stands", async (t) => {
  const cwd = await project(t, contract.replace("int64", "int46"));
  const { code, stderr } = await machinery(["export", "go", "--out", "go"], { cwd });
  t.is(code, 2);
  t.regex(stderr, /^api\/tasks\.yaml:5:29 \/tasks\/add\/args\/0\/type \[ERR_TYPE\]/);
});
