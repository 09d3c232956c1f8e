import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { answers } from "./probe.js";
import { ownServers } from "./service.js";

const test = await ownServers("memcached");

const SCRIPT = `
  const { findMemcached, memcachedRecipe } = await import(${JSON.stringify(new URL("./memcached.js", import.meta.url).href)});
  const { Server } = await import(${JSON.stringify(new URL("./server.js", import.meta.url).href)});
  const { place } = await Server.start(memcachedRecipe(await findMemcached()));
  console.log(JSON.stringify(place));
  setInterval(() => {}, 1000);
`;

test("what a process has started ends with it, though it be killed", async (t) => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", SCRIPT], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { port, folder } = JSON.parse((await lines.next()).value!);
  t.true(await answers(port, "version\r\n", /^VERSION/));
  child.kill("SIGKILL");
  while ((await answers(port, "version\r\n", /^VERSION/)) || existsSync(folder)) await delay(20);
});
