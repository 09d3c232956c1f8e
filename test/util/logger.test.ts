import { execFileSync } from "node:child_process";
import test from "ava";
import { createLogger, silentLogger, withRedaction } from "../../src/logger.js";

const logger = new URL("../../src/logger.js", import.meta.url).href;

function collect(level: "debug" | "info" | "warn" | "error") {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: createLogger({ level, write: (line) => lines.push(JSON.parse(line)) }) };
}

test("lines are JSON with fields and a message", (t) => {
  const { log, lines } = collect("info");
  log.info({ queue: "images" }, "worker ready");
  log.warn("only text");
  t.is(lines.length, 2);
  t.like(lines[0], { level: 30, queue: "images", msg: "worker ready" });
  t.like(lines[1], { level: 40, msg: "only text" });
});

test("what is below the level is not written", (t) => {
  const { log, lines } = collect("warn");
  log.debug("no");
  log.info({}, "no");
  log.error("yes");
  t.deepEqual(
    lines.map((line) => line.msg),
    ["yes"],
  );
  t.false(log.isLevelEnabled?.("info"));
  t.true(log.isLevelEnabled?.("warn"));
});

test("a child adds its fields, and its children theirs", (t) => {
  const { log, lines } = collect("info");
  log.child({ worker: "w1" }).child({ task: "t1" }).info("done");
  t.like(lines[0], { worker: "w1", task: "t1", msg: "done" });
});

test("secrets are hidden, in fields, text, children and errors", (t) => {
  const { log, lines } = collect("info");
  const err = Object.assign(new Error("redis://:s3cret@h"), { command: { args: ["s3cret"] } });
  log.child({ url: "amqp://u:s3cret@h" }).info({ password: "s3cret", err }, "connected to amqp://u:s3cret@h");
  t.like(lines[0], { url: "amqp://***@h", password: "***", msg: "connected to amqp://***@h" });
  t.false(JSON.stringify(lines).includes("s3cret"));
});

test("a logger that the user brings gets its lines without secrets too", (t) => {
  const got: unknown[][] = [];
  const record = (...line: unknown[]) => void got.push(line);
  const own = { debug: record, info: record, warn: record, error: record, child: () => own };
  withRedaction(own).child({}).error({ token: "s3cret" }, "at amqp://u:s3cret@h");
  t.is(JSON.stringify(got), '[[{"token":"***"},"at amqp://***@h"]]');
});

test("the silent logger and its children say nothing", (t) => {
  t.is(silentLogger.child({}), silentLogger);
  t.is(withRedaction(silentLogger), silentLogger);
  t.is(createLogger({ level: "silent" }), silentLogger);
});

/** Runs a module's text in a process of its own; what it wrote to stderr. */
function stderrOf(text: string, env: Record<string, string> = {}): string {
  const code = `
    import { createLogger } from ${JSON.stringify(logger)};
    import { createRequire } from "node:module";
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("pino"));
    ${text}`;
  const script = `import { spawnSync } from "node:child_process";
    const run = spawnSync(process.execPath, ["--input-type=module", "--eval", ${JSON.stringify(code)}], { encoding: "utf8" });
    process.stdout.write(run.stderr);`;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, ...env },
  });
}

test("pino is loaded with the first line that is written, and not before", (t) => {
  t.is(
    stderrOf(`
      const log = createLogger();
      log.child({ a: 1 }).debug("not written");
      console.error(loaded());
      log.info("written");
      console.error(loaded());`).replace(/\{.*\}/, "{}"),
    "false\n{}\ntrue\n",
  );
});

test("a line just before the end of the process is written", (t) => {
  t.regex(stderrOf(`createLogger().error("last words"); process.exit(0);`), /"msg":"last words"/);
});

test("the level is the environment's: MACHINERY_LOG_LEVEL before LOG_LEVEL", (t) => {
  const says = `createLogger().debug("heard");`;
  t.regex(stderrOf(says, { LOG_LEVEL: "debug" }), /heard/);
  t.is(stderrOf(says, { LOG_LEVEL: "debug", MACHINERY_LOG_LEVEL: "error" }), "");
  t.is(stderrOf(says, { LOG_LEVEL: "verbose" }), "");
  t.regex(stderrOf(says, { MACHINERY_LOG_LEVEL: "verbose" }), /\[ERR_CONFIG\] MACHINERY_LOG_LEVEL: there is no such log level/);
});
