import { execFile } from "node:child_process";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { Machinery, machinery } from "../cli/command.js";
import { blocks } from "../readme/markdown.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import { npm } from "./npm.js";
import { pack } from "./pack.js";

// The packed packages in a project of their own, as a newcomer begins with them: nothing in it leads back to this repository.

const trial = await temporaryFolder();
const project = join(trial, "project");
const production = join(trial, "production");
const { runtime, codegen } = await pack(trial);
const install = ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];

const bin = (folder: string): string => join(folder, "node_modules/.bin/machinery");
const installed = async (folder: string): Promise<string[]> => {
  const lock = JSON.parse(await readFile(join(folder, "node_modules/.package-lock.json"), "utf8"));
  return Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ""));
};
const tsc = (...args: string[]): Promise<unknown> =>
  promisify(execFile)(process.execPath, ["node_modules/typescript/bin/tsc", "--pretty", "false", ...args], { cwd: project });

test.before("install, build", async (t) => {
  t.timeout(300_000, "npm is slow");
  await machinery(["init", project]);
  await npm(project, ...install, ...[runtime, codegen].map(({ tarball }) => join(trial, tarball)));
  await npm(project, "run", "build");
  await Promise.all(
    ["package.json", "package-lock.json", "dist"].map((path) =>
      cp(join(project, path), join(production, path), { recursive: true }),
    ),
  );
  await npm(production, ...install, "--omit=dev");
});

test.after.always(() => removeFolder(trial));

for (const [kind, folder] of [
  ["a new project", project],
  ["its production install", production],
] as const) {
  test(`${kind} has a worker in one process and senders in others, and Ctrl-C stops the worker`, async (t) => {
    const worker = new Machinery(["worker"], { main: bin(folder), cwd: folder });
    t.teardown(() => worker.signal("SIGKILL"));
    await worker.line(/worker started/);
    const sum = await machinery(["send", "add", "9007199254740993", "1", "--wait"], { main: bin(folder), cwd: folder });
    const notice = `machinery: no broker is configured; tasks and results are kept in ${join(folder, ".machinery")}\n`;
    t.deepEqual(sum, { code: 0, stdout: "9007199254740994\n", stderr: notice });
    worker.signal("SIGINT");
    t.is((await worker.ended).code, 0);
  });
}

test("the packed command line makes the same project as this repository's", async (t) => {
  const [made, again] = [join(trial, "made", "project"), join(trial, "again", "project")];
  t.is((await machinery(["init", made])).code, 0);
  const { code, stderr } = await machinery(["init", again], { main: bin(project), cwd: trial });
  t.is(code, 0, stderr);
  const contents = async (folder: string): Promise<[string, string][]> => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Promise.all(paths.sort().map(async (path) => [path.slice(folder.length), await readFile(path, "utf8")]));
  };
  t.deepEqual(await contents(again), await contents(made));
});

test("what init writes is what the packages are called and versioned", async (t) => {
  const fresh = join(trial, "fresh");
  await machinery(["init", fresh], { main: bin(project), cwd: trial });
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(fresh, "package.json"), "utf8"));
  t.deepEqual(dependencies, { [runtime.manifest.name]: `^${runtime.manifest.version}` });
  t.is(devDependencies[codegen.manifest.name], `^${codegen.manifest.version}`);
  t.truthy(devDependencies.typescript);
});

test("the new project's contract names a schema that is there, and its generated code is up to date", async (t) => {
  const contract = await readFile(join(project, "schema/tasks.yaml"), "utf8");
  const [, schema] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(contract)!;
  t.truthy(JSON.parse(await readFile(join(project, "schema", schema!), "utf8")).$defs);
  t.is((await machinery(["generate", "--check"], { main: bin(project), cwd: project })).code, 0);
});

test("the program in the new project's README compiles, and gets the result that it says", async (t) => {
  const { text } = blocks(await readFile(join(project, "README.md"), "utf8")).find(({ language }) => language === "ts")!;
  const [, expected] = /console\.log\(.*\); \/\/ (\d+n)$/m.exec(text)!;
  await writeFile(join(project, "program.ts"), text);
  await writeFile(
    join(project, "program.json"),
    JSON.stringify({ extends: "./tsconfig.json", files: ["program.ts"], include: [] }),
  );
  await tsc("-p", "program.json");
  const env = { BROKER: `file:${join(trial, "store")}` };
  const worker = new Machinery(["worker"], { main: bin(project), cwd: project, env });
  t.teardown(() => worker.signal("SIGKILL"));
  await worker.line(/worker started/);
  const { code, stdout, stderr } = await new Machinery([], { main: "dist/program.js", cwd: project, env }).ended;
  t.is(code, 0, stderr);
  t.is(stdout, `${expected}\n`);
});

for (const [moduleResolution, module] of [
  ["nodenext", "nodenext"],
  ["bundler", "esnext"],
] as const) {
  test(`every public entry has its types, with moduleResolution ${moduleResolution}`, async (t) => {
    const name = `entries-${moduleResolution}`;
    const entries = Object.entries(runtime.manifest.exports).filter(([, target]) => typeof target !== "string");
    const imports = entries.map(([entry], i) => `import * as entry${i} from "${runtime.manifest.name}${entry.slice(1)}";\n`);
    await writeFile(
      join(project, `${name}.ts`),
      `${imports.join("")}import * as generator from "${codegen.manifest.name}";
export const all: readonly object[] = [${entries.map((_, i) => `entry${i}`)}, generator];
// @ts-expect-error: none of them is untyped
generator.nothing;
${entries.map((_, i) => `// @ts-expect-error\nentry${i}.nothing;\n`).join("")}`,
    );
    // The declarations are checked as well, which most projects skip.
    const compilerOptions = { module, moduleResolution, noEmit: true, skipLibCheck: false };
    const settings = { extends: "./tsconfig.json", compilerOptions, files: [`${name}.ts`], include: [] };
    await writeFile(join(project, `${name}.json`), JSON.stringify(settings));
    await t.notThrowsAsync(tsc("-p", `${name}.json`));
  });
}

test("a production install carries no compiler, and says what generating needs", async (t) => {
  const [everything, kept] = [await installed(project), await installed(production)];
  const compilers = Object.keys(codegen.manifest.dependencies).filter((name) => !(name in runtime.manifest.dependencies));
  for (const name of [...compilers, codegen.manifest.name, "typescript", "prettier"]) {
    t.true(everything.includes(name), name);
    t.false(kept.includes(name), name);
  }
  const { code, stderr } = await machinery(["generate"], { main: bin(production), cwd: production });
  t.is(code, 2);
  t.regex(stderr, /^error: \[ERR_PROJECT\] .*npm install --save-dev machinery-ts-codegen/);
});
