import { Client } from "memjs";
import { startMemcached } from "./memcached.js";
import { namespace } from "./namespace.js";
import { ownServers, service } from "./service.js";

const { test: sharedTest, url } = await service("memcached");
const ownTest = await ownServers("memcached");

const open = (url: string) => Client.create(new URL(url).host);

sharedTest("the shared Memcached keeps a value", async (t) => {
  const client = open(url);
  const key = namespace(t);
  await client.set(key, "value", {});
  t.is((await client.get(key)).value?.toString(), "value");
  client.close();
});

ownTest("a Memcached of the test's own is empty after a restart", async (t) => {
  const server = await startMemcached(t);
  const client = open(server.url);
  await client.set("key", "value", {});
  client.close();
  await server.restart();
  const after = open(server.url);
  t.is((await after.get("key")).value, null);
  after.close();
});
