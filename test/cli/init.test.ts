import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { temporaryFolder } from "../services/temporary-folder.js";
import { Machinery, machinery } from "./command.js";

test("init writes a project that generates, compiles in strict mode, works, and is not overwritten", async (t) => {
  const parent = await temporaryFolder(t);
  const made = await machinery(["init", "My Tasks"], { cwd: parent });
  t.is(made.code, 0, made.stderr);
  t.regex(made.stdout, /npm run build/);
  const cwd = join(parent, "My Tasks");
  t.deepEqual((await readdir(cwd)).sort(), [".gitignore", "README.md", "package.json", "schema", "tasks", "tsconfig.json"]);
  const manifest = JSON.parse(await readFile(join(cwd, "package.json"), "utf8"));
  t.is(manifest.name, "my-tasks");
  const own = JSON.parse(await readFile("package.json", "utf8"));
  t.is(manifest.dependencies["machinery-ts"], `^${own.version}`);
  t.is(manifest.devDependencies["machinery-ts-codegen"], `^${own.version}`);

  const again = await machinery(["init", "My Tasks"], { cwd: parent });
  t.is(again.code, 2);
  t.regex(again.stderr, /^error: \[ERR_PROJECT\] My Tasks\/\S+: is there already; nothing was written\./);

  await mkdir(join(cwd, "node_modules/@types"), { recursive: true });
  await symlink(resolve("."), join(cwd, "node_modules/machinery-ts"));
  await symlink(resolve("node_modules/@types/node"), join(cwd, "node_modules/@types/node"));
  t.is((await machinery(["generate"], { cwd })).code, 0);
  await promisify(execFile)(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "--pretty", "false"], { cwd });

  const worker = new Machinery(["worker"], { cwd });
  await worker.line(/worker started/);
  const { code, stdout } = await machinery(["send", "greet", "Ada", "--wait"], { cwd });
  t.is(code, 0);
  t.is(stdout, "Hello, Ada!\n");
  worker.signal("SIGTERM");
  t.regex((await worker.ended).stderr, /^machinery: no broker is configured; tasks and results are kept in .*\.machinery\n/);
});
