import { execFile } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { Machinery, machinery } from "../cli/command.js";
import { blocks } from "./markdown.js";
import { builtProject } from "./project.js";

const run = promisify(execFile);
const markdown = await readFile("README.md", "utf8");
const readme = blocks(markdown);
const contracts = blocks(await readFile("CONTRACTS.md", "utf8"));
// Those with a mark are tried in test/contracts.
const programs = [...readme, ...contracts]
  .filter(({ language, mark }) => language === "ts" && mark === undefined)
  .map(({ text }) => text);

/** Compiles a program of a paper's beside the project's own folders, as strictly as `machinery init` would have it. */
async function compile(project: string, name: string, program: string): Promise<{ script: string; problems: string }> {
  const folder = join(project, "dist", name);
  await mkdir(folder);
  await writeFile(join(folder, "main.ts"), program);
  const settings = {
    extends: resolve("src/cli/template/tsconfig.json"),
    compilerOptions: { rootDir: "..", outDir: "..", typeRoots: [join(project, "node_modules/@types")] },
    include: ["*.ts"],
    exclude: [],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const tsc = [resolve("node_modules/typescript/bin/tsc"), "--pretty", "false", "-p", folder];
  const problems = await run(process.execPath, tsc).then(
    () => "",
    (error: { stdout: string }) => error.stdout,
  );
  return { script: join(folder, "main.js"), problems };
}

test("the programs compile", async (t) => {
  const project = await builtProject(t);
  t.true(programs.length >= 2);
  for (const [i, program] of programs.entries()) t.is((await compile(project, `program-${i}`, program)).problems, "", program);
});

test("the program that sends gets the results that stand beside its lines", async (t) => {
  const project = await builtProject(t);
  const sending = programs.find((program) => program.includes("Server.connect"))!;
  const expected: string[] = [];
  const program = sending.replace(/^await (.+); \/\/ (-?\d+n?)$/gm, (_, call, result) => {
    expected.push(result);
    return `console.log(await ${call});`;
  });
  t.true(expected.length >= 3);
  const { script, problems } = await compile(project, "sending", program);
  t.is(problems, "");
  const worker = new Machinery(["worker"], { cwd: project });
  t.teardown(() => worker.signal("SIGKILL"));
  await worker.line(/worker started/);
  const { stdout } = await run(process.execPath, [script], { cwd: project });
  t.deepEqual(stdout.trimEnd().split("\n"), expected);
});

test("the workflow that is said not to compile does not, and the compiler says what is said", async (t) => {
  const project = await builtProject(t);
  const [, workflow, reason] = /`(chain\([^`]*)` is an error at the\s+second\s+argument,\s+\*"([^"]*)"\*/.exec(markdown)!;
  const program = `import { chain } from "machinery-ts";
import { tasks } from "../generated/index.js";
export const workflow =
  ${workflow};`;
  const { problems } = await compile(project, "workflow", program);
  const second = workflow!.indexOf("), ") + "), ".length + "  ".length + 1;
  t.regex(problems, new RegExp(`main\\.ts\\(4,${second}\\): error TS`));
  t.true(problems.includes(reason!), problems);
});

test("the contract is one that code can be generated from, and it names a schema for editors that is there", async (t) => {
  const project = await builtProject(t);
  const contract = readme.find(({ language }) => language === "yaml")!.text;
  await mkdir(join(project, "schema"));
  await writeFile(join(project, "schema/tasks.yaml"), contract);
  const { code, stdout, stderr } = await machinery(["generate"], { cwd: project });
  t.is(code, 0, stderr);
  t.regex(stdout, /^wrote generated\/senders\.ts$/m);
  const [, schema] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(contract)!;
  t.true((await stat(join(project, "schema", schema!))).isFile());
});
