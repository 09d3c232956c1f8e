import { ack, ackInTheEnd, message, openBroker, openDirect, queue, takeAll, textsOf, until } from "../redis/private-broker.js";
import { masterName, startSentinel } from "../redis/sentinel.js";
import { startRedis } from "../services/redis.js";
import { ownServers } from "../services/service.js";

const test = await ownServers("redis");

test("behind sentinels, a worker follows its master to another server", async (t) => {
  const master = await startRedis(t, { "repl-diskless-sync-delay": 0 });
  const replica = await startRedis(t, { replicaof: `127.0.0.1 ${master.port}` });
  const toMaster = await openDirect(t, master.url);
  await until(async () => /slave0:.*state=online/.test(String(await toMaster.call("INFO", "replication"))));
  const sentinel = await startSentinel(t, master);
  const toSentinel = await openDirect(t, sentinel.url);
  const broker = await openBroker(t, sentinel.url, { redis: { masterName } });
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  await broker.publish([message("1"), message("2")]);
  t.deepEqual(await ack(consumer, await takeAll(consumer, 1)), ["ok"]);
  // WAIT would speak of this connection's own writes alone.
  await until(async () => {
    const info = String(await toMaster.call("INFO", "replication"));
    return /slave0:.*,offset=(\d+),/.exec(info)?.[1] === /master_repl_offset:(\d+)/.exec(info)?.[1];
  });
  const namesMaster = async () =>
    Number(((await toSentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName)) as Buffer[])[1]) === master.port;
  await until(async () => {
    // It knows of no replica that is good enough until it has looked, and where the machine holds it up, gives a failover up.
    if (await namesMaster()) await toSentinel.call("SENTINEL", "FAILOVER", masterName).catch(() => {});
    // Who is demoted hangs up.
    return /role:slave/.test(String(await toMaster.call("INFO", "replication").catch(() => "")));
  });
  const deliveries = await takeAll(consumer, 1);
  t.deepEqual(textsOf(deliveries), ["2"]);
  t.deepEqual(await ackInTheEnd(consumer, deliveries), ["ok"]);
  let [outcome] = await broker.publish([message("3")]);
  while (outcome!.status !== "ok") [outcome] = await broker.publish([message("3")]);
  const toReplica = await openDirect(t, replica.url);
  t.regex(String(await toReplica.call("INFO", "replication")), /role:master/);
  const last = await takeAll(consumer, 1);
  t.deepEqual(textsOf(last), ["3"]);
});
