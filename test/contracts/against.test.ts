import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { breaking } from "machinery-ts-codegen";
import { bare, machinery } from "../cli/command.js";
import { project, writeAll } from "../codegen/emit/project.js";

const older = 'contract: "1"\npackage: p\ntasks:\n  t: {}\n  gone: {}\n';
const newer = 'contract: "1"\npackage: p\ntasks:\n  t: {}\n';

/** A project whose contract has lost a task. */
function changed(t: ExecutionContext, files: Readonly<Record<string, string>> = {}): Promise<string> {
  return project(t, { "schema/tasks.yaml": newer, ...files });
}

function git(cwd: string, ...args: readonly string[]): void {
  const env = { ...bare(), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@localhost", ...args], { cwd, env, stdio: "ignore" });
}

/** The same, with the older contract committed and tagged v1. */
async function repository(t: ExecutionContext, path = "schema/tasks.yaml"): Promise<string> {
  const folder = await project(t, { [path]: older });
  await writeFile(join(folder, ".gitignore"), "node_modules\n");
  git(folder, "init", "--quiet");
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "-m", "First");
  git(folder, "tag", "v1");
  await writeAll(folder, { "schema/tasks.yaml": newer });
  return folder;
}

async function rules(projectDir: string, against: string): Promise<[against: string, ...rules: string[]]> {
  const report = await breaking({ projectDir, against });
  return [report.against, ...report.findings.map(({ rule }) => rule)];
}

function refused(t: ExecutionContext, projectDir: string, against: string, message: RegExp): Promise<unknown> {
  return t.throwsAsync(breaking({ projectDir, against }), { message });
}

test("a tag, a branch, a commit of git", async (t) => {
  const folder = await repository(t);
  t.deepEqual(await rules(folder, "v1"), ["v1:schema/tasks.yaml", "TASK_DELETED"]);
  t.deepEqual(await rules(folder, "HEAD"), ["HEAD:schema/tasks.yaml", "TASK_DELETED"]);
  t.deepEqual(await rules(folder, "git:v1"), ["v1:schema/tasks.yaml", "TASK_DELETED"]);
  await writeAll(folder, { v1: older });
  t.deepEqual(await rules(folder, "v1"), ["v1", "TASK_DELETED"], "a file of that name comes first");
  await refused(
    t,
    folder,
    "v2",
    /^\[ERR_AGAINST\] There is no file or folder "v2", and git knows no such tag, branch or commit\. In a shallow/,
  );
  await refused(t, folder, "--output=x", /^\[ERR_AGAINST\] "--output=x" is nothing to compare with\./);
  await refused(t, folder, "git:--output=x", /^\[ERR_AGAINST\] There is no file or folder "--output=x"/);
  await refused(t, folder, "v1; touch x", /ERR_AGAINST/);
});

test("a contract that has moved since", async (t) => {
  const folder = await repository(t, "contract.yaml");
  t.deepEqual(await rules(folder, "v1"), ["v1:contract.yaml", "TASK_DELETED"]);
  const other = await repository(t, "elsewhere.yaml");
  await refused(t, other, "v1", /^\[ERR_AGAINST\] There is no schema\/tasks\.yaml at v1, and no other contract\./);
});

test("outside of git", async (t) => {
  const folder = await changed(t);
  await refused(t, folder, "v1", /There is no file or folder "v1", and this is no work tree of git\./);
});

test("a file, and a folder that is a project or an unpacked package", async (t) => {
  const folder = await changed(t, {
    "old.yaml": older,
    "a/contract.yaml": older,
    "b/package.json": '{ "machinery": { "contract": "./api.yaml" } }',
    "b/api.yaml": older,
    "c/schema/tasks.yaml": older,
    "d/package.json": "{}",
    "e/package.json": '{ "machinery": { "contract": "../old.yaml" } }',
    "f/package.json": '{ "machinery": { "contract": "missing.yaml" } }',
    "g/package.json": "{",
    "new/contract.yaml": older.replace('"1"', '"7"'),
    "wrong/contract.yaml": older.replace("t: {}", "t: { arg: [] }"),
  });
  t.deepEqual(await rules(folder, "old.yaml"), ["old.yaml", "TASK_DELETED"]);
  t.deepEqual(await rules(folder, "a"), ["a/contract.yaml", "TASK_DELETED"]);
  t.deepEqual(await rules(folder, "b/"), ["b/api.yaml", "TASK_DELETED"]);
  t.deepEqual(await rules(folder, "c"), ["c/schema/tasks.yaml", "TASK_DELETED"]);
  await refused(t, folder, "d", /^\[ERR_AGAINST\] d has no contract\. It stands in contract\.yaml, or package\.json names it/);
  await refused(t, folder, "e", /^\[ERR_AGAINST\] The contract of e leads out of it/);
  await refused(t, folder, "f", /^\[ERR_AGAINST\] f names "missing\.yaml" as its contract, and has no such file/);
  await refused(t, folder, "g", /^\[ERR_AGAINST\] The package\.json of g is not valid JSON/);
  await refused(t, folder, "new", /^new\/contract\.yaml:1:11 \/contract \[ERR_CONTRACT_VERSION\]/);
  await refused(t, folder, "wrong", /^wrong\/contract\.yaml:4:8 \/tasks\/t\/arg \[ERR_CONTRACT_KEY\]/);
});

test("an npm package: the one that is installed, or one that npm fetches", async (t) => {
  const folder = await changed(t, {
    "node_modules/@team/math/package.json": '{ "name": "@team/math", "version": "2.0.0" }',
    "node_modules/@team/math/contract.yaml": newer,
    "packed/package.json": '{ "name": "@team/math", "version": "1.2.0", "machinery": { "contract": "./contract.yaml" } }',
    "packed/contract.yaml": older,
    "bare/package.json": '{ "name": "bare", "version": "1.0.0" }',
  });
  const url = await registry(t, folder, ["packed", "bare"]);
  await writeFile(join(folder, ".npmrc"), `registry=${url}\nfetch-retries=0\n@team:registry=${url}\n`);
  t.deepEqual(await rules(folder, "npm:@team/math"), ["npm:@team/math/contract.yaml"]);
  t.deepEqual(await rules(folder, "npm:@team/math@2.0.0"), ["npm:@team/math/contract.yaml"]);
  t.deepEqual(await rules(folder, "npm:@team/math@1.2.0"), ["npm:@team/math@1.2.0/contract.yaml", "TASK_DELETED"]);
  await refused(t, folder, "npm:bare@1.0.0", /^\[ERR_AGAINST\] npm:bare@1\.0\.0 has no contract\./);
  await refused(t, folder, "npm:none@1.0.0", /^\[ERR_AGAINST\] npm cannot fetch none@1\.0\.0: .+[^.]\. Check the name/);
  // Here npm's reason ends in a full stop of its own.
  await refused(t, folder, "npm:bare@9.0.0", /^\[ERR_AGAINST\] npm cannot fetch bare@9\.0\.0: .+[^.]\. Check the name/);
  await refused(t, folder, "npm:../packed", /^\[ERR_AGAINST\] "\.\.\/packed" is no npm package and version\./);
});

test("the command: text, JSON, annotations, and the exit code by level", async (t) => {
  const cwd = await changed(t, { "old.yaml": older });
  await mkdir(join(cwd, "bin"));
  const run = (...args: string[]) => machinery(["breaking", "--against", "old.yaml", ...args], { cwd });
  const [text, json, github, policy, missing] = await Promise.all([
    run(),
    run("--format", "json", "--level", "WIRE"),
    run("--format", "github"),
    machinery(["breaking", "--against", "old.yaml", "--contract", "slow.yaml", "--level", "SOURCE"], { cwd: await slower(cwd) }),
    machinery(["breaking", "--against", "none"], { cwd }),
  ]);
  t.is(text.code, 1, text.stderr);
  t.is(
    text.stdout,
    'schema/tasks.yaml:3:1 /tasks/gone WIRE [TASK_DELETED] The task "gone" is gone.\n' +
      "    Flows from sender to worker. Stop sending it, wait until its queue is empty, then remove it and reserve its name. Deploy senders first.\n" +
      "Since old.yaml: 1 WIRE. The next version is a major one.\n",
  );
  t.is(json.code, 1);
  t.like(JSON.parse(json.stdout), {
    against: "old.yaml",
    gate: "WIRE",
    broken: true,
    bump: "major",
    findings: [{ rule: "TASK_DELETED", first: "senders" }],
  });
  t.is(github.code, 1);
  t.regex(github.stdout, /^::error file=schema\/tasks\.yaml,line=3,col=1,title=WIRE TASK_DELETED::The task "gone" is gone\. Flows/);
  t.is(policy.code, 0, "a time-out is below the level");
  t.regex(policy.stdout, /POLICY \[TIMEOUT_SHORTENED\]/);
  t.is(missing.code, 2);
  t.regex(missing.stderr, /^error: \[ERR_AGAINST\]/);
});

test("an unstable contract is told of, and let pass", async (t) => {
  const cwd = await changed(t, { "old.yaml": `unstable: true\n${older}` });
  const { code, stdout } = await machinery(["breaking", "--against", "old.yaml"], { cwd });
  t.is(code, 0);
  t.regex(stdout, /WIRE \[TASK_DELETED\]/);
  t.regex(stdout, /It was unstable there, and promised nothing\.\n$/);
});

test("the changes in prose", async (t) => {
  const cwd = await changed(t, { "old.yaml": older.replace("  t: {}", "  t: { policy: { timeout: 1m } }") });
  const { code, stdout } = await machinery(["diff", "--against", "old.yaml"], { cwd });
  t.is(code, 0);
  t.is(
    stdout,
    "## p\n\nWhat has changed since old.yaml. That is a major version: something that worked with the one before does not with this one.\n\n" +
      '### Breaks messages\n\n- The task "gone" is gone. Flows from sender to worker. Stop sending it, wait until its queue is empty, then remove it and reserve its name. Deploy senders first.\n\n' +
      '### Added and eased\n\n- A run of "t" had 60 s, and has no limit of its own.\n',
  );
});

/** Another contract of the project: the older one, with a time-out. */
async function slower(folder: string): Promise<string> {
  await writeFile(join(folder, "slow.yaml"), older.replace("  t: {}", "  t: { policy: { timeout: 1m } }"));
  return folder;
}

/** What npm asks a registry for, with the packages of these folders. */
async function registry(t: ExecutionContext, folder: string, packages: readonly string[]): Promise<string> {
  const archives = new Map<string, Buffer>();
  const manifests = new Map<string, object>();
  const server = createServer(({ url = "" }, response) => {
    const path = decodeURIComponent(url.slice(1));
    const archive = archives.get(path);
    const manifest = manifests.get(path);
    if (archive !== undefined) response.end(archive);
    else if (manifest !== undefined) response.end(JSON.stringify(manifest));
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  for (const one of packages) {
    const archive = join(folder, `${one}.tgz`);
    await mkdir(join(folder, "archive", one), { recursive: true });
    await symlink(join(folder, one), join(folder, "archive", one, "package"));
    execFileSync("tar", ["-czhf", archive, "-C", join(folder, "archive", one), "package"]);
    const bytes = await readFile(archive);
    const manifest = JSON.parse(await readFile(join(folder, one, "package.json"), "utf8")) as { name: string; version: string };
    const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    const dist = { tarball: `${origin}${one}.tgz`, integrity };
    archives.set(`${one}.tgz`, bytes);
    manifests.set(manifest.name, {
      name: manifest.name,
      "dist-tags": { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    });
  }
  return origin;
}
