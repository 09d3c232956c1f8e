import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { Server, silentLogger } from "machinery-ts";
import { temporaryFolder } from "../services/temporary-folder.js";
import { machinery, temporaryStore } from "./command.js";

const vectors = "test/vectors/go-machinery-v1.4.5";

test("a message of Go's is sent byte for byte, to the queue it names, when it is due", async (t) => {
  const env = await temporaryStore(t);
  const names = (await readdir(vectors)).filter((name) => name.startsWith("message-"));
  t.true(names.length >= 12);
  const messages = await Promise.all(names.map((name) => readFile(join(vectors, name), "utf8")));
  for (const [i, name] of names.entries()) {
    const { stdout, stderr } = await machinery(["send", "--raw", join(vectors, name)], { env });
    t.is(stdout, `${JSON.parse(messages[i]!).UUID}\n`, stderr);
  }
  const pending = await machinery(["pending", "vec", "--json"], { env });
  const delayed = await machinery(["delayed", "vec", "--json"], { env });
  for (const [i, name] of names.entries()) {
    const { stdout } = name === "message-delayed.json" ? delayed : pending;
    t.true(stdout.includes(`"message":${messages[i]}`), name);
  }
  t.regex(delayed.stdout, /^\[\{"queue":"vec","notBefore":"2031-02-03T04:05:06\.790Z",[^\n]+\]\n$/);
});

test("a message can come from stdin, and go to another queue", async (t) => {
  const env = await temporaryStore(t);
  const input = await readFile(join(vectors, "message-add.json"));
  const { UUID } = JSON.parse(input.toString());
  t.deepEqual(await machinery(["send", "--raw", "-", "--queue", "elsewhere", "--json"], { env, input }), {
    code: 0,
    stdout: `{"uuid":"${UUID}","task":"add"}\n`,
    stderr: "",
  });
  const { stdout, stderr } = await machinery(["pending", "elsewhere"], { env });
  t.regex(stdout, new RegExp(`^${UUID} add\\(.*\\)\n$`));
  t.is(stderr, "elsewhere: 1 pending, 0 delayed, 0 being run, 0 dead\n");
  t.like(await machinery(["result", UUID], { env }), { code: 1, stdout: "", stderr: `add (${UUID}) has not ended: PENDING\n` });
});

test("what is wrong with a call is said before anything is sent", async (t) => {
  const env = await temporaryStore(t);
  const cases: [args: string[], error: RegExp][] = [
    [["ad", "1"], /^error: \[ERR_TASK_UNKNOWN\] ad: .*Did you mean "add"\?/],
    [
      ["add", "1", "1.0"],
      /^error: \[ERR_ARG_VALUE\] terms\[1\]: expected a whole number in plain digits \(int64\), got "1\.0"\.\n$/,
    ],
    [["add", "9223372036854775808"], /^error: \[ERR_ARG_RANGE\] terms\[0\]: /],
    [["greet", "Ada", "--types", "strin"], /^error: \[ERR_ARG_TYPE\] .*Did you mean "string"\?/],
    [["greet", "Ada", "--types", "string,int64"], /^error: \[ERR_ARG_COUNT\]/],
    [["--raw", join(vectors, "state-final-add.json")], /^error: \[ERR_SIG_/],
    [["--raw", "no-such-file"], /^error: no-such-file cannot be read \(ENOENT\)/],
    [["add", "1", "--timeout", "5"], /Write it like 500ms, 5s/],
    [["add", "1", "--wiat"], /^error: unknown option '--wiat'\n\(Did you mean --wait\?\)/],
    [["add", "1", "--generated", "src"], /^error: \[ERR_PROJECT\] generated: there is no src\/definitions\.js\. Build the project/],
  ];
  for (const [args, error] of cases) {
    const { code, stdout, stderr } = await machinery(["send", ...args], { env });
    t.is(code, 2, args.join(" "));
    t.is(stdout, "");
    t.regex(stderr, error);
  }
  const { stderr } = await machinery(["pending"], { env });
  t.is(stderr, "machinery_tasks: 0 pending, 0 delayed, 0 being run, 0 dead\n");
});

test("a configuration that is wrong, and a store that cannot be used, are exit code 2", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "bad.yml"), "default_queu: x\n");
  await writeFile(join(folder, "file"), "");
  for (const [args, error] of [
    [["pending", "--broker", "rediz://localhost"], /^error: \[ERR_URL_SCHEME\]/],
    [
      ["pending", "--config", join(folder, "bad.yml")],
      /^error: \[ERR_CONFIG\] .*bad\.yml:1 \(default_queu\).*Did you mean "default_queue"/,
    ],
    [["worker", "--broker", `file:${join(folder, "file")}`], /^error: \[ERR_STORE\]/],
    [["worker", "--concurrency", "0"], /whole number from 1 to 10000/],
    [["worker", "--handlers", "dist/tasks/none.js"], /^error: \[ERR_PROJECT\] handlers: there is no dist\/tasks\/none\.js/],
    [["worker", "--broker", "memory:"], /^error: \[ERR_UNSUPPORTED\] broker: .*Use file:<folder>/],
    [["sned"], /^error: unknown command 'sned'\n\(Did you mean send\?\)/],
  ] as const) {
    const { code, stderr } = await machinery(args);
    t.is(code, 2, args.join(" "));
    t.regex(stderr, error);
    t.notRegex(stderr, /^ {4}at /m);
  }
  const { stderr } = await machinery(["pending", "--verbose", "--broker", "rediz://localhost"]);
  t.regex(stderr, /^ {4}at /m);
});

test("a task that is not known has no result", async (t) => {
  const { code, stdout, stderr } = await machinery(["result", "task_x"], { env: await temporaryStore(t) });
  t.is(code, 1);
  t.is(stdout, "");
  t.regex(stderr, /^error: \[ERR_STATE_UNKNOWN\] task_x/);
});

test("purging asks, or wants --yes", async (t) => {
  const env = await temporaryStore(t);
  await machinery(["send", "none"], { env });
  await machinery(["send", "none", "--delay", "1h"], { env });
  const refused = await machinery(["purge", "machinery_tasks"], { env });
  t.is(refused.code, 2);
  t.regex(refused.stderr, /say --yes/);
  t.deepEqual(await machinery(["purge", "machinery_tasks", "--yes", "--delayed"], { env }), {
    code: 0,
    stdout: "2 deleted\n",
    stderr: "",
  });
});

test("dead letters are listed, put back, and deleted", async (t) => {
  const env = await temporaryStore(t);
  await using server = await Server.connect({ broker: env.BROKER, logger: silentLogger });
  const result = await server.sendRaw(await readFile(join(vectors, "message-no-args.json")));
  const worker = server.newWorker("knows nothing", { queues: ["vec"], unknownTasks: { giveUpAfterMs: 0 } });
  await worker.start();
  await t.throwsAsync(result.get(), { code: "ERR_TASK_FAILED" });
  await worker.stop();

  const list = await machinery(["dead", "list", "vec"], { env });
  t.regex(list.stdout, new RegExp(`^${result.uuid} \\w+\\(\\)  dead since \\d{4}-.*Z: \\[ERR_TASK_UNKNOWN\\]`));
  t.deepEqual(await machinery(["dead", "redrive", "vec"], { env }), { code: 0, stdout: "1 put back\n", stderr: "" });
  t.like(await server.getBroker().inspect("vec"), { pending: 1, dead: 0 });
  t.deepEqual(await machinery(["dead", "purge", "vec"], { env }), { code: 0, stdout: "0 deleted\n", stderr: "" });
});
