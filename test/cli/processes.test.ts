import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type AsyncResult, Server, silentLogger } from "machinery-ts";
import { senders } from "../../generated/index.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { Machinery, type Surroundings, temporaryStore } from "./command.js";

const modules = ["--generated", "dist/test/cli/processes", "--handlers", "dist/test/cli/processes/handlers.js"];

interface Fleet {
  readonly server: Server;
  readonly command: Machinery;
  readonly send: ReturnType<typeof senders>;
}

/** A worker command on a store of its own, and a server that sends to it. */
async function fleet(t: ExecutionContext, ...options: string[]): Promise<Fleet> {
  const env = await temporaryStore(t);
  const server = await Server.connect({ broker: env.BROKER, logger: silentLogger });
  t.teardown(() => server.close());
  const command = start(t, ["--tag", "w", ...modules, ...options], { env });
  return { server, command, send: senders(server) };
}

function start(t: ExecutionContext, options: readonly string[], surroundings: Surroundings): Machinery {
  const command = new Machinery(["worker", ...options], surroundings);
  t.teardown(() => command.signal("SIGKILL"));
  return command;
}

async function pidOf(result: AsyncResult<string>): Promise<number> {
  return Number(await result.get({ timeoutMs: 60_000 }));
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(new RegExp(pattern, "g"))].length;

test("processes that were started together stop together", async (t) => {
  const { command, send } = await fleet(t, "--processes", "2");
  await Promise.all([command.line(/w-1.*worker started/), command.line(/w-2.*worker started/)]);
  t.is(await (await send.add(1n, 2n)).get(), 3n);
  command.signal("SIGTERM");
  const { code, stdout, stderr } = await command.ended;
  t.is(code, 0, stderr);
  t.is(stdout, "");
  t.is(count(stderr, /worker stopped/), 2);
  t.false(stderr.includes("died"));
});

test("a process that is killed is replaced, and its task runs again", async (t) => {
  const { command, send } = await fleet(t, "--processes", "2");
  const marker = join(await temporaryFolder(t), "pid");
  const second = await pidOf(await send.concat(["die once", marker]));
  const first = Number(await readFile(marker, "utf8"));
  t.not(second, first);
  const { level, childPid, process: number } = JSON.parse(await command.line(/has died.*/));
  t.is(level, 40);
  t.is(childPid, first);
  await command.line(new RegExp(`"worker":"w-${number}".*worker started`), 2);
  command.signal("SIGTERM");
  t.is((await command.ended).code, 0);
});

test("a task that ends its process five times is put aside, and the processes work on", async (t) => {
  const { command, send, server } = await fleet(t, "--processes", "2", "--thread-memory", "16");
  const poison = await send.split("fill an array");
  await t.throwsAsync(poison.get({ timeoutMs: 100_000 }), { message: /ERR_TASK_CRASHED.*died 5 times/ });
  t.is(await (await send.add(1n, 2n)).get({ timeoutMs: 60_000 }), 3n);
  command.signal("SIGTERM");
  const { code, stderr } = await command.ended;
  t.is(code, 0);
  t.is((await server.getBroker().inspect()).dead, 1);
  t.is(count(stderr, /"signal":"SIGABRT".*has died/), 5);
});

test("a second signal ends all of them at once", async (t) => {
  const { command, send } = await fleet(t, "--processes", "2", "--concurrency", "1");
  await send.concat.many([[["hold"]], [["hold"]]]);
  await Promise.all([command.line(/w-1.*holding/), command.line(/w-2.*holding/)]);
  command.signal("SIGTERM");
  await command.line(/stopping all processes/);
  command.signal("SIGTERM");
  // Its streams are theirs: they have ended too.
  t.is((await command.ended).code, 143);
});

test("what is wrong from the beginning is said once, and no process is started again", async (t) => {
  const { code, stderr } = await start(t, ["--processes", "3", ...modules, "--broker", "odd:"], {}).ended;
  t.is(code, 2);
  t.regex(stderr, /^error: \[ERR_URL\] broker: [^\n]*\n$/);
});

test("when no process works and none can start any more, that is the end", async (t) => {
  const cwd = await temporaryFolder(t);
  const handlers = join(cwd, "handlers.js");
  await writeFile(join(cwd, "package.json"), '{ "type": "module" }');
  await writeFile(join(cwd, "dispatch.js"), "export const dispatch = () => new Map();");
  await writeFile(handlers, "");
  const options = ["--processes", "1", "--generated", ".", "--handlers", "handlers.js"];
  const command = start(t, options, { cwd, env: await temporaryStore(t) });
  const { pid } = JSON.parse(await command.line(/worker started/));
  await command.line(/supervising/);
  await writeFile(handlers, 'throw new Error("broken meanwhile");');
  process.kill(pid, "SIGKILL");
  const { code, stderr } = await command.ended;
  t.is(code, 2);
  t.is(count(stderr, /broken meanwhile/), 1, stderr);
  t.regex(stderr, /none can start any more/);
});

test("processes whose supervisor was killed end, in order", async (t) => {
  const { command } = await fleet(t, "--processes", "2");
  await Promise.all([command.line(/w-1.*worker started/), command.line(/w-2.*worker started/)]);
  command.signal("SIGKILL");
  const { stderr } = await command.ended;
  t.is(count(stderr, /the supervisor is gone/), 2);
  t.is(count(stderr, /worker stopped/), 2);
});

test("a process that takes too much memory finishes its task and is replaced", async (t) => {
  const { command, send } = await fleet(t, "--processes", "1", "--max-rss", "256");
  const first = await pidOf(await send.concat(["take memory"]));
  t.is(JSON.parse(await command.line(/more memory than it may/)).maxRss, 256);
  t.is(JSON.parse(await command.line(/because of its memory/)).childPid, first);
  t.not(await pidOf(await send.concat(["pid"])), first);
  command.signal("SIGINT");
  t.is((await command.ended).code, 0);
});

test("without a supervisor it ends with an exit code of its own", async (t) => {
  const { command, send } = await fleet(t, "--max-rss", "256");
  await pidOf(await send.concat(["take memory"]));
  const { code, stderr } = await command.ended;
  t.is(code, 3);
  t.regex(stderr, /worker stopped/);
});
