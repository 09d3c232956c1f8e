import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import test from "ava";
import { bare, Machinery } from "../cli/command.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { blocks, type Command, commands, isLike } from "./markdown.js";
import { builtProject } from "./project.js";

const readme = blocks(await readFile("README.md", "utf8"));
const tour = (part: string): Command[] => commands(readme.find(({ mark }) => mark === `tour: ${part}`)!);
const notice = /^machinery: no broker is configured; tasks and results are kept in .*\.machinery$/;

/** What a shell prints, on both streams, line by line. In a project, npx runs the command from `node_modules/.bin`. */
async function shell(line: string, cwd: string): Promise<string[]> {
  const command = line.replace(/^npx /, "node_modules/.bin/");
  const { stdout } = await promisify(execFile)("sh", ["-c", `${command} 2>&1 || true`], { cwd, env: bare() });
  return stdout.trimEnd().split("\n");
}

test("the tour shows what happens, in a worker's process and in the senders'", async (t) => {
  const cwd = await builtProject(t);
  const [start, ...others] = tour("worker");
  t.deepEqual(others, []);
  const [npx, machinery, ...args] = start!.line.split(" ");
  t.deepEqual([npx, machinery], ["npx", "machinery"]);
  const worker = new Machinery(args, { cwd });
  t.teardown(() => worker.signal("SIGKILL"));
  await worker.line(notice);
  await worker.line(/worker started/);
  const sent = tour("sender");
  t.true(sent.length >= 3);
  for (const { line, output } of sent) {
    const [said, ...lines] = await shell(line, cwd);
    t.regex(said!, notice, line);
    t.true(lines.length === output.length && lines.every((text, i) => isLike(text, output[i]!)), `${line}\n${lines.join("\n")}`);
  }
});

test("npx finds the command in this repository, once it is built, without asking a registry", async (t) => {
  const cache = await temporaryFolder(t);
  const env = { ...bare(), npm_config_cache: cache, npm_config_offline: "true" };
  const { stdout } = await promisify(execFile)("npx", ["machinery", "--version"], { env });
  t.is(stdout, `${JSON.parse(await readFile("package.json", "utf8")).version}\n`);
});
