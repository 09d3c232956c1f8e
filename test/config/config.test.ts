import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { resolveConfig } from "../../src/config/config.js";
import { readConfigText } from "../../src/config/file.js";
import type { ConfigOptions } from "../../src/config/options.js";
import type { ErrorCode, MachineryError } from "../../src/errors.js";
import { temporaryFolder } from "../services/temporary-folder.js";

const fixtures = "test/config/fixtures";

/** A configuration that comes from what is given here, and from nothing around the test. */
async function resolve(from: { code?: ConfigOptions; env?: Record<string, string>; yaml?: string }) {
  const cwd = await temporaryFolder();
  if (from.yaml !== undefined) await writeFile(join(cwd, "machinery.yml"), from.yaml);
  return resolveConfig(from.code, { env: from.env ?? {}, cwd });
}

async function refused(t: ExecutionContext, from: Parameters<typeof resolve>[0], code: ErrorCode, message: RegExp): Promise<void> {
  const error = (await t.throwsAsync(resolve(from))) as MachineryError;
  t.is(error.code, code, error.message);
  t.regex(error.message, message);
}

test("with nothing configured, everything has its default, and the embedded store is used", async (t) => {
  const config = await resolve({});
  t.true(config.usesDefaultStore);
  t.is(config.broker, "file:.machinery");
  t.is(config.resultBackend, "file:.machinery");
  t.is(config.defaultQueue, "machinery_tasks");
  t.is(config.resultsExpireIn, 3600);
  t.deepEqual(config.amqp, {
    exchange: "machinery_exchange",
    exchangeType: "direct",
    bindingKey: "machinery_task",
    queueBindingArgs: {},
    queueDeclareArgs: {},
    prefetchCount: 3,
    delayedQueue: "",
    delayStrategy: "ladder",
    resultQueues: "client",
    existingQueues: "strict",
    autoDelete: false,
  });
  t.deepEqual(config.redis, {
    maxIdle: 3,
    maxActive: 0,
    maxIdleTimeout: 240,
    wait: false,
    readTimeout: 4,
    writeTimeout: 15,
    connectTimeout: 4,
    normalTasksPollPeriod: 1000,
    delayedTasksPollPeriod: 500,
    delayedTasksKey: "delayed_tasks",
    masterName: "",
    clusterMode: false,
    allowEviction: false,
  });
  t.deepEqual(config.warnings, []);
  t.true(Object.isFrozen(config) && Object.isFrozen(config.amqp));
});

test("Go Machinery's example configuration is accepted as it is", async (t) => {
  const config = await resolve({ yaml: await readFile(`${fixtures}/example-v1.4.5.yml`, "utf8") });
  t.is(config.broker, "amqp://guest:guest@localhost:5672/");
  t.is(config.resultBackend, "redis://localhost:6379");
  t.is(config.resultsExpireIn, 3_600_000);
  t.is(config.defaultQueue, "machinery_tasks");
  t.is(config.amqp.exchange, "machinery_exchange");
  t.is(config.amqp.prefetchCount, 3);
  t.false(config.usesDefaultStore);
  t.deepEqual(config.warnings, []);
});

test("every section that Go Machinery's own test configuration sets arrives", async (t) => {
  const yaml = await readFile(`${fixtures}/testconfig-v1.10.8.yml`, "utf8");
  const config = await resolve({ code: { broker: "memory:", resultBackend: "memory:" }, yaml });
  t.is(config.resultsExpireIn, 123456);
  t.true(config.noUnixSignals);
  t.deepEqual(config.amqp, {
    exchange: "exchange",
    exchangeType: "exchange_type",
    bindingKey: "binding_key",
    queueBindingArgs: { "image-type": "png", "x-match": "any" },
    queueDeclareArgs: { "x-max-priority": 10 },
    prefetchCount: 123,
    delayedQueue: "",
    delayStrategy: "ladder",
    resultQueues: "client",
    existingQueues: "strict",
    autoDelete: false,
  });
  t.deepEqual(config.redis, {
    maxIdle: 12,
    maxActive: 123,
    maxIdleTimeout: 456,
    wait: false,
    readTimeout: 17,
    writeTimeout: 19,
    connectTimeout: 21,
    normalTasksPollPeriod: 1001,
    delayedTasksPollPeriod: 23,
    delayedTasksKey: "delayed_tasks_key",
    masterName: "master_name",
    clusterMode: false,
    allowEviction: false,
  });
  t.deepEqual(
    config.warnings.map((warning) => /:(\d+) \((\w+)\)/.exec(warning)?.slice(1)),
    [
      ["16", "sqs"],
      ["32", "dynamodb"],
    ],
  );
});

test("the files of Machinery 1.0 and before are accepted too", async (t) => {
  const first = await resolve({ yaml: await readFile(`${fixtures}/testconfig-v1.0.0.yml`, "utf8") });
  t.is(first.resultBackend, first.broker);
  const flat = await resolve({ yaml: await readFile(`${fixtures}/flat.yml`, "utf8") });
  t.like(flat.amqp, {
    exchange: "flat_exchange",
    exchangeType: "topic",
    bindingKey: "flat_key",
    queueBindingArgs: { "image-type": "png", "x-match": "any" },
  });
});

test("Go Machinery's test environment gives the same settings", async (t) => {
  const text = await readFile(`${fixtures}/test-v1.10.8.env`, "utf8");
  const env = Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => line.split("=", 2)),
  ) as Record<string, string>;
  const config = await resolve({ code: { broker: "memory:", resultBackend: "memory:" }, env });
  t.is(config.defaultQueue, "default_queue");
  t.is(config.resultsExpireIn, 123456);
  t.like(config.amqp, {
    exchange: "exchange",
    exchangeType: "exchange_type",
    bindingKey: "binding_key",
    prefetchCount: 123,
    queueBindingArgs: { "image-type": "png", "x-match": "any" },
  });
});

test("code beats environment beats file, setting by setting", async (t) => {
  const yaml = "default_queue: file\nresults_expire_in: 1\namqp: { exchange: file, binding_key: file, exchange_type: file }\n";
  const env = { DEFAULT_QUEUE: "env", AMQP_EXCHANGE: "env", AMQP_BINDING_KEY: "env" };
  const config = await resolve({ code: { defaultQueue: "code", amqp: { exchange: "code" } }, env, yaml });
  t.is(config.defaultQueue, "code");
  t.is(config.resultsExpireIn, 1);
  t.like(config.amqp, { exchange: "code", bindingKey: "env", exchangeType: "file" });
});

test("what is undefined in code, empty in the environment or null in the file is not set", async (t) => {
  const code = { defaultQueue: undefined } as unknown as ConfigOptions;
  const config = await resolve({ code, env: { RESULTS_EXPIRE_IN: "", DEFAULT_QUEUE: "" }, yaml: "amqp:\ndefault_queue: ~\n" });
  t.is(config.defaultQueue, "machinery_tasks");
  t.is(config.resultsExpireIn, 3600);
});

test("the configuration file is the one of code, else of MACHINERY_CONFIG, else machinery.yml, else none", async (t) => {
  const cwd = await temporaryFolder(t);
  for (const name of ["code", "env", "machinery"]) await writeFile(join(cwd, `${name}.yml`), `default_queue: ${name}`);
  const queue = async (code: ConfigOptions, env: Record<string, string>) => (await resolveConfig(code, { env, cwd })).defaultQueue;
  t.is(await queue({ configFile: "code.yml" }, { MACHINERY_CONFIG: "env.yml" }), "code");
  t.is(await queue({}, { MACHINERY_CONFIG: "env.yml" }), "env");
  t.is(await queue({}, {}), "machinery");
  await t.throwsAsync(queue({ configFile: "missing.yml" }, {}), { code: "ERR_CONFIG_READ", message: /missing\.yml: .*ENOENT/ });
  await t.throwsAsync(queue({ configFile: "." }, {}), { code: "ERR_CONFIG_READ", message: /EISDIR/ });
});

test("where one of broker and result backend is set, it is both", async (t) => {
  t.is((await resolve({ env: { BROKER: "redis://h" } })).resultBackend, "redis://h");
  t.is((await resolve({ env: { RESULT_BACKEND: "redis://h" } })).broker, "redis://h");
  t.false((await resolve({ env: { BROKER: "redis://h" } })).usesDefaultStore);
});

test("scalars are read as Go reads them, by the type of their field", async (t) => {
  const { settings } = readConfigText("default_queue: 0123\nlock: true\nno_unix_signals: yes\nredis: { wait: off }", "x.yml");
  t.is(settings.get("defaultQueue")?.value, "0123");
  t.is(settings.get("lock")?.value, "true");
  t.is(settings.get("noUnixSignals")?.value, true);
  t.is(settings.get("redis.wait")?.value, false);
  const config = await resolve({ env: { NO_UNIX_SIGNALS: "T", REDIS_WAIT: "1" } });
  t.true(config.noUnixSignals && config.redis.wait);
});

test("a queue's arguments keep their types where RabbitMQ wants them, and stay text where Machinery sends text", async (t) => {
  const env = { AMQP_QUEUE_DECLARE_ARGS: "x-max-priority:10,x-queue-type:quorum", AMQP_QUEUE_BINDING_ARGS: "n:10" };
  const { amqp } = await resolve({ env });
  t.deepEqual(amqp.queueDeclareArgs, { "x-max-priority": 10, "x-queue-type": "quorum" });
  t.deepEqual(amqp.queueBindingArgs, { n: "10" });
});

test("both spellings of the separator's variable count", async (t) => {
  t.is((await resolve({ env: { MULTIPLE_BROKEN_SEPARATOR: ";" } })).multipleBrokerSeparator, ";");
  t.is((await resolve({ env: { MULTIPLE_BROKER_SEPARATOR: ";" } })).multipleBrokerSeparator, ";");
});

test("results_expire_in 0 means the default, as in Go", async (t) => {
  t.is((await resolve({ code: { resultsExpireIn: 0 } })).resultsExpireIn, 3600);
});

test("the heartbeat follows a shorter lease, and may not be longer than a third of it", async (t) => {
  t.is((await resolve({ code: { leaseMs: 1500 } })).heartbeatMs, 500);
  t.is((await resolve({ code: { leaseMs: 60_000 } })).heartbeatMs, 5000);
  const hint = /^\[ERR_CONFIG\] MACHINERY_HEARTBEAT_MS: a heartbeat can be at most a third of the lease\. .* 10000 ms\.$/;
  await refused(t, { env: { MACHINERY_HEARTBEAT_MS: "10001" } }, "ERR_CONFIG", hint);
});

test("an older spelling gives way to today's, with a warning", async (t) => {
  const config = await resolve({ yaml: "exchange: old\namqp: { exchange: new }\n" });
  t.is(config.amqp.exchange, "new");
  t.regex(config.warnings[0] ?? "", /machinery\.yml:1 \(exchange\): ignored, since amqp\.exchange is set too/);
});

const unknown: [string, Parameters<typeof resolve>[0], RegExp][] = [
  [
    "in the file",
    { yaml: "broker: 'memory:'\nresult_backnd: x" },
    /machinery\.yml:2 \(result_backnd\): .* Did you mean "result_backend"\?$/,
  ],
  ["in a section", { yaml: "amqp:\n  exchnge: x" }, /machinery\.yml:2 \(amqp\.exchnge\): .* Did you mean "exchange"\?$/],
  ["in code", { code: { resultBacknd: "x" } as ConfigOptions }, / resultBacknd: .* Did you mean "resultBackend"\?$/],
  ["of a file, in code", { code: { default_queue: "x" } as ConfigOptions }, / default_queue: .* Did you mean "defaultQueue"\?$/],
  ["of a section in code", { code: { redis: { max_idle: 1 } } as ConfigOptions }, / redis\.max_idle: .* Did you mean "maxIdle"\?$/],
  ["that Go's TLSConfig would be", { yaml: "tlsconfig: {}" }, /Write tls: \{ ca, cert, key \} instead\.$/],
  ["with dots", { yaml: '"amqp.exchange": x' }, /there is no such setting/],
  ["of a prototype", { yaml: "__proto__: { broker: x }" }, /\(__proto__\): there is no such setting/],
  ["that is long", { yaml: `${"x".repeat(500)}: 1` }, /^.{0,800}$/],
];
for (const [what, from, message] of unknown) {
  test(`an unknown name ${what} is an error with a place and a suggestion`, (t) => refused(t, from, "ERR_CONFIG", message));
}

const wrong: [string, Parameters<typeof resolve>[0], RegExp][] = [
  [
    "text for an integer",
    { yaml: "results_expire_in: soon" },
    /machinery\.yml:1 \(results_expire_in\): must be integer, not "soon"\.$/,
  ],
  ["text for an integer in the environment", { env: { REDIS_MAX_IDLE: "3s" } }, / REDIS_MAX_IDLE: must be integer, not "3s"\.$/],
  ["a fraction", { code: { resultsExpireIn: 1.5 } }, / resultsExpireIn: must be integer, not 1\.5\.$/],
  ["a negative number", { code: { amqp: { prefetchCount: -1 } } }, / amqp\.prefetchCount: must be >= 0, not -1\.$/],
  ["a number too large", { code: { maxMessageBytes: 16_777_217 } }, / maxMessageBytes: must be <= 16777216/],
  ["a choice that is none", { yaml: "callback_args: first" }, /\(callback_args\): must be one of append, prepend\.$/],
  ["a boolean that is none", { env: { NO_UNIX_SIGNALS: "maybe" } }, / NO_UNIX_SIGNALS: must be boolean, not "maybe"\.$/],
  [
    "arguments that are none",
    { env: { AMQP_QUEUE_BINDING_ARGS: "a:b:c" } },
    / AMQP_QUEUE_BINDING_ARGS: must be object, not "a:b:c"\.$/,
  ],
  ["an argument of no known type", { yaml: "amqp: { queue_declare_args: { a: [1] } }" }, /\(amqp\.queue_declare_args\): must be/],
  ["an empty queue name", { code: { defaultQueue: "" } }, / defaultQueue: must NOT have fewer than 1 characters\.$/],
  ["a queue name of 256 bytes", { code: { defaultQueue: "q".repeat(256) } }, / defaultQueue: must NOT have more than 255/],
  ["a section that is none", { yaml: "redis: 6379" }, /\(redis\): this must be a map of settings\.$/],
  ["a list", { yaml: "- broker" }, /machinery\.yml:1: this must be a map of settings\.$/],
  ["no YAML", { yaml: "broker: memory:\n  default_queue: [" }, /machinery\.yml:\d: this is not valid YAML \([A-Z_]+\)\. /],
  ["two documents", { yaml: "lock: a\n---\nlock: b" }, /not valid YAML \(MULTIPLE_DOCS\)/],
  ["the same name twice", { yaml: "lock: a\nlock: b" }, /machinery\.yml:2: this is not valid YAML \(DUPLICATE_KEY\)/],
  [
    "aliases without end",
    {
      yaml: `a: &a [x]\n${Array.from({ length: 9 }, (_, i) => `b${i}: &b${i} [${`*${i ? `b${i - 1}` : "a"},`.repeat(10)}]`).join("\n")}`,
    },
    /alias/,
  ],
];
for (const [what, from, message] of wrong) {
  test(`${what} is refused with its place`, (t) => refused(t, from, "ERR_CONFIG", message));
}

test("a URL that cannot be read is refused with the place that it comes from", async (t) => {
  await refused(t, { yaml: "\nbroker: amqp://u:s3cret/x@h" }, "ERR_URL", /machinery\.yml:2 \(broker\): /);
  await refused(t, { env: { RESULT_BACKEND: "redis://h:99999" } }, "ERR_URL_PORT", / RESULT_BACKEND: .*redis:\/\/h:99999/);
  await refused(t, { code: { broker: " " } }, "ERR_URL", / broker: the URL is empty/);
});

test("TLS files are read, relative to what names them; PEM text stands for itself", async (t) => {
  const cwd = await temporaryFolder(t);
  await writeFile(join(cwd, "ca.pem"), "-----BEGIN CERTIFICATE-----");
  await writeFile(join(cwd, "machinery.yml"), "tls: { ca: ca.pem }");
  const pem = "-----BEGIN PRIVATE KEY-----\ns3cret";
  const config = await resolveConfig({ configFile: join(cwd, "machinery.yml"), tls: { key: pem } }, { env: {}, cwd: "/" });
  t.deepEqual(config.tls, { ca: "-----BEGIN CERTIFICATE-----", cert: "", key: pem });
  await refused(t, { code: { tls: { key: "s3cret" } } }, "ERR_CONFIG_READ", /^\[ERR_CONFIG_READ\] tls\.key: .*ENOENT(?!.*s3cret)/s);
});

test("passwords in clear text and unchecked certificates are warned of", async (t) => {
  const warnings = async (code: ConfigOptions) => (await resolve({ code })).warnings;
  t.regex((await warnings({ broker: "redis://:s3cret@redis.example" }))[0]!, /^broker: the password crosses the network in clear/);
  t.deepEqual(await warnings({ broker: "redis://:s3cret@localhost", resultBackend: "rediss://:s3cret@redis.example" }), []);
  t.regex((await warnings({ insecureTls: true }))[0]!, /^insecureTls: /);
});

test("the caller's own objects are left as they are", async (t) => {
  const queueBindingArgs: Record<string, string> = { a: "b" };
  await resolve({ code: { amqp: { queueBindingArgs } } });
  queueBindingArgs.c = "d";
  t.deepEqual(queueBindingArgs, { a: "b", c: "d" });
});

test("no error quotes a line of the file that may hold a secret", async (t) => {
  const broken = [
    "broker: amqp://u:s3cret@h:port",
    "broker: [s3cret",
    "broker: {s3cret: s3cret}",
    "broker: @s3cret",
    "broker: *s3cret",
    "broker: amqp://u:s3cret@h\n s3cret",
    "broker: 'amqp://u:s3cret@h",
    "tls: { key: [s3cret] }",
    "tls: s3cret",
    "lock: !!binary s3cret\nx: 1",
    "redis: { max_idle: 1 }\nbroker: amqp://u:s3cret#x@h",
  ];
  for (const yaml of broken) {
    const error = await t.throwsAsync(resolve({ yaml }), undefined, yaml);
    t.false(error.message.includes("s3cret"), error.message);
  }
});
