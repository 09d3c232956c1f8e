import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { temporaryFolder } from "../services/temporary-folder.js";
import { Machinery, machinery, temporaryStore } from "./command.js";

// Loader hooks run in a thread of their own, whose stderr is the process's: each module loaded is a line there.
const hooks = `
import { writeSync } from "node:fs";
export async function load(url, context, next) {
  writeSync(2, "loaded " + url + "\\n");
  return next(url, context);
}`;
const trace = `
import { register } from "node:module";
register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`;
const nodeOptions = ["--import", `data:text/javascript,${encodeURIComponent(trace)}`];

const loaded = (stderr: string): string[] => stderr.split("\n").filter((line) => line.startsWith("loaded "));

/** What a process that only sends has no use for. (Two leaves of the executors are part of the API.) */
const notForSenders =
  /\/src\/worker\/(?:run|processor|completer|committer|follow-ups|intake|job)\.js|\/src\/executors\/(?!context|encoded-results)|codegen|\/node_modules\/(?:ts-morph|typescript|yaml|pino|piscina|ajv\/(?!dist\/runtime\/)|ioredis|redis|amqplib|mongodb|memjs)\//;

test("a process that sends through its own memory loads no worker, no generator and no client", async (t) => {
  const folder = await temporaryFolder(t);
  const script = join(folder, "send.mjs");
  const module = (path: string) => JSON.stringify(pathToFileURL(path).href);
  await writeFile(
    script,
    `import { Server } from ${module("dist/src/index.js")};
     import { senders } from ${module("dist/generated/index.js")};
     await using_(await Server.connect({ broker: "memory:" }));
     async function using_(server) { await senders(server).add(1n, 1n); await server.close(); }`,
  );
  const { code, stderr } = await new Machinery([], { nodeOptions: [...nodeOptions, script] }).ended;
  t.is(code, 0, stderr);
  const modules = loaded(stderr);
  t.true(modules.some((url) => url.endsWith("/dist/src/server/server.js")));
  t.deepEqual(
    modules.filter((url) => notForSenders.test(url) || /\/node_modules\/(?:lmdb|commander)\/|\/(?:file|store)\//.test(url)),
    [],
  );
});

test("machinery send loads what it sends with, and no more", async (t) => {
  const env = await temporaryStore(t);
  const { code, stderr } = await machinery(["send", "add", "1", "1"], { env, nodeOptions });
  t.is(code, 0, stderr);
  const modules = loaded(stderr);
  t.true(modules.some((url) => url.includes("/node_modules/lmdb/")));
  t.deepEqual(
    modules.filter((url) => notForSenders.test(url) || /\/brokers\/(?!file)|\/backends\/(?!file)/.test(url)),
    [],
  );
});

test("what it is that senders do without is there to be loaded", async (t) => {
  const env = await temporaryStore(t);
  const worker = new Machinery(["worker"], { env, nodeOptions });
  await worker.line(/worker started/);
  worker.signal("SIGTERM");
  const modules = loaded((await worker.ended).stderr).join("\n");
  for (const file of ["run", "processor", "completer", "committer", "follow-ups", "intake", "job"])
    t.true(modules.includes(`/dist/src/worker/${file}.js`), file);
  t.true(modules.includes("/dist/src/executors/inline.js"));
  t.notRegex(modules, /codegen|ts-morph|\/yaml\//);
});
