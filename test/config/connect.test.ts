import { execFileSync } from "node:child_process";
import { join } from "node:path";
import test from "ava";
import { resolveConfig } from "../../src/config/config.js";
import { openBackend, openBroker } from "../../src/connect.js";
import { MachineryError } from "../../src/errors.js";
import { temporaryFolder } from "../services/temporary-folder.js";

const config = await resolveConfig({ broker: "memory:" }, { env: {}, cwd: await temporaryFolder() });
const connect = new URL("../../src/connect.js", import.meta.url).href;
const configModule = new URL("../../src/config/config.js", import.meta.url).href;

const schemes = [
  ["memory", async () => "memory:connect"] as const,
  ["file", async () => `file:${join(await temporaryFolder(), "store")}`] as const,
];
for (const [scheme, newUrl] of schemes) {
  test(`${scheme}: opens a broker that keeps messages, and a result backend that keeps states`, async (t) => {
    const url = await newUrl();
    const broker = await openBroker(url, config);
    await broker.publish([{ id: "task_1", queue: "q", body: Buffer.from("{}") }]);
    const other = await openBroker(url, config);
    t.is((await other.inspect("q")).pending, 1);
    await other.close();
    await broker.close();
    const backend = await openBackend(url, config);
    t.deepEqual(await backend.read(["task_1"]), [null]);
    await backend.close();
  });
}

test("two names of memory: are two brokers", async (t) => {
  const one = await openBroker("memory:one", config);
  const two = await openBroker("memory:two", config);
  await one.publish([{ id: "task_1", queue: "q", body: Buffer.from("{}") }]);
  t.is((await two.inspect("q")).pending, 0);
  await one.close();
  await two.close();
});

const refused: [string, RegExp][] = [
  ["https://u:s3cret@h/1", /\[ERR_URL_SCHEME\] broker: no broker in this version serves https:\. Served: memory:, file:/],
  ["gcppubsub://h", /serves gcppubsub:/],
  ["filr://h", /Did you mean file:\?$/],
  ["eager", /Use memory: for/],
];
for (const [url, message] of refused) {
  test(`${url.replace("s3cret", "…")} is refused with what is served`, async (t) => {
    const error = await t.throwsAsync(openBroker(url, config), { instanceOf: MachineryError, code: "ERR_URL_SCHEME", message });
    t.false(error.message.includes("s3cret"));
    await t.throwsAsync(openBackend(url, config), { code: "ERR_URL_SCHEME" });
  });
}

test("Machinery's null is a result backend, and no broker", async (t) => {
  for (const text of ["null", "null:", "null://"]) {
    const backend = await openBackend(text, config);
    t.false(backend.capabilities.keeps);
    await backend.close();
  }
  await t.throwsAsync(openBroker("null", config), { code: "ERR_URL_SCHEME", message: /no broker in this version serves null:/ });
  const alone = await resolveConfig({ resultBackend: "null" }, { env: {}, cwd: "/" });
  t.like(alone, { broker: "file:.machinery", resultBackend: "null", usesDefaultStore: true });
});

test("a URL that cannot be read is refused with its own code", async (t) => {
  await t.throwsAsync(openBroker("redis://h:99999", config), { code: "ERR_URL_PORT" });
  await t.throwsAsync(openBackend("", config), { code: "ERR_URL" });
});

/** Runs a module's text in a process of its own, in `cwd`; stdout and stderr together. */
function outputOf(text: string, cwd: string, env: Record<string, string> = {}): string {
  const code = `
    import { openBackend, openBroker } from ${JSON.stringify(connect)};
    import { resolveConfig } from ${JSON.stringify(configModule)};
    ${text}`;
  const args = ["--input-type=module", "--eval", `process.stderr.write = (text) => process.stdout.write(text);\n${code}`];
  return execFileSync(process.execPath, args, { cwd, encoding: "utf8", env: { PATH: process.env.PATH, ...env } });
}

const openBoth = `
  const config = await resolveConfig();
  const broker = await openBroker(config.broker, config);
  const backend = await openBackend(config.resultBackend, config);
  await broker.close();
  await backend.close();`;

test("with nothing configured, one line says where tasks and results are kept", async (t) => {
  const cwd = await temporaryFolder(t);
  t.is(outputOf(openBoth, cwd), `machinery: no broker is configured; tasks and results are kept in ${join(cwd, ".machinery")}\n`);
});

test("with the same store configured, nothing is said", async (t) => {
  t.is(outputOf(openBoth, await temporaryFolder(t), { BROKER: "file:.machinery" }), "");
});

test("an adapter is loaded when a URL asks for it, and not before", async (t) => {
  // lmdb is the client of file: alone.
  const loaded = `console.log(process.report.getReport().sharedObjects.some((path) => path.includes("lmdb")));`;
  const text = `${loaded} await (await openBroker("memory:", { multipleBrokerSeparator: "" })).close(); ${loaded} ${openBoth} ${loaded}`;
  t.is(outputOf(text, await temporaryFolder(t), { BROKER: "file:store" }), "false\nfalse\ntrue\n");
});
