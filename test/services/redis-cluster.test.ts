import { Cluster } from "ioredis";
import { startRedisCluster } from "./redis-cluster.js";
import { ownServers } from "./service.js";

const test = await ownServers("redis");

test("a cluster serves every slot, and a slot with keys can be moved", async (t) => {
  const cluster = await startRedisCluster(t);
  const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
  t.teardown(() => client.disconnect());
  for (let i = 0; i < 30; i++) await client.set(`key${i}`, i);
  await client.set("{machinery}a", "1");
  const slot = await client.cluster("KEYSLOT", "{machinery}a");
  const owner = await cluster.ownerOf(slot);
  const other = cluster.nodes.find((node) => node !== owner)!;
  await cluster.moveSlot(slot, other);
  t.is(await cluster.ownerOf(slot), other);
  t.is(await client.get("{machinery}a"), "1");
  t.is(await client.get("key29"), "29");
});
