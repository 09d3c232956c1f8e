import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startMemcached } from "./memcached.js";
import { ownServers } from "./service.js";

const test = await ownServers("memcached");
const runner = fileURLToPath(new URL("./run.js", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Runs Memcached's own tests in an environment that has nothing else. */
async function run(environment: Record<string, string>): Promise<{ output: string; code: number }> {
  const child = spawn(process.execPath, [runner, "test/services/memcached.test.ts"], { cwd: root, env: environment });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise<number>((resolve) => child.once("close", resolve));
  return { output, code };
}

const home = { PATH: "/nowhere", HOME: "/nowhere" };

test("with a server it passes, says against what, and ends with AVA's last line", async (t) => {
  const { output, code } = await run({ ...home, PATH: process.env.PATH! });
  t.regex(output, /memcached {2}memcached [\d.]+, \/\S+ {2}shared by 1 test file, servers of their own in 1 test file\n/);
  t.regex(output, /\n {2}2 tests passed\n*$/);
  t.is(code, 0);
});

test("without a server its tests are skipped by name, and the table says why", async (t) => {
  const { output, code } = await run(home);
  t.regex(output, /- \[skip\] the shared Memcached keeps a value — no memcached here/);
  t.regex(
    output,
    /memcached {2}NOT RUN: no memcached here.*: set MEMCACHE_URL, start Docker, or install memcached {2}skipped by 1/,
  );
  t.regex(output, /\n {2}2 tests skipped\n*$/);
  t.is(code, 0);
});

test("in continuous integration that is a failure", async (t) => {
  const { output, code } = await run({ ...home, CI: "true" });
  t.regex(output, /no memcached here.*In continuous integration that is a failure/);
  t.is(code, 1);
});

test("a server of the user's own comes first", async (t) => {
  const server = await startMemcached(t);
  const { output, code } = await run({ ...home, MEMCACHE_URL: server.url });
  t.true(output.includes(`memcached  MEMCACHE_URL, ${server.url}  shared by 1 test file, skipped`), output);
  t.is(code, 0);
});
