import type { ExecutionContext } from "ava";
import { ack, ackInTheEnd, message, openBroker, queue, takeAll, textsOf, until } from "../redis/private-broker.js";
import { masterName, startSentinel } from "../redis/sentinel.js";
import { startRedis } from "../services/redis.js";
import { callRedis } from "../services/redis-call.js";
import type { Server } from "../services/server.js";
import { ownServers } from "../services/service.js";

const test = await ownServers("redis");

/** A master with a replica, which a sentinel watches. */
async function stage(t: ExecutionContext) {
  const master = await startRedis(t, { "repl-diskless-sync-delay": 0 });
  const replica = await startRedis(t, { replicaof: `127.0.0.1 ${master.port}` });
  await until(async () => /slave0:.*state=online/.test(await replicationOf(master)));
  const sentinel = await startSentinel(t, master);
  const namesMaster = async () =>
    Number((await callRedis<string[]>(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName))[1]) === master.port;
  return {
    master,
    replica,
    broker: await openBroker(t, sentinel.url, { redis: { masterName } }),
    /** Has the replica made the master, until it is so. */
    async failOver(isSo: (isNamed: boolean) => boolean | Promise<boolean>): Promise<void> {
      await until(async () => {
        const isNamed = !(await namesMaster());
        // It knows of no replica that is good enough until it has looked, and where the machine holds it up, gives a failover up.
        if (!isNamed) await callRedis(sentinel, "SENTINEL", "FAILOVER", masterName).catch(() => {});
        return isSo(isNamed);
      });
    },
  };
}

// Who is demoted hangs up.
const replicationOf = (node: Server) => callRedis<string>(node, "INFO", "replication").catch(() => "");

test("behind sentinels, a worker follows its master to another server", async (t) => {
  const { master, replica, broker, failOver } = await stage(t);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  await broker.publish([message("1"), message("2")]);
  t.deepEqual(await ack(consumer, await takeAll(consumer, 1)), ["ok"]);
  // WAIT would speak of this connection's own writes alone.
  await until(async () => {
    const info = await replicationOf(master);
    return /slave0:.*,offset=(\d+),/.exec(info)?.[1] === /master_repl_offset:(\d+)/.exec(info)?.[1];
  });
  await failOver(async () => /role:slave/.test(await replicationOf(master)));
  const deliveries = await takeAll(consumer, 1);
  t.deepEqual(textsOf(deliveries), ["2"]);
  t.deepEqual(await ackInTheEnd(consumer, deliveries), ["ok"]);
  let [outcome] = await broker.publish([message("3")]);
  while (outcome!.status !== "ok") [outcome] = await broker.publish([message("3")]);
  t.regex(await replicationOf(replica), /role:master/);
  const last = await takeAll(consumer, 1);
  t.deepEqual(textsOf(last), ["3"]);
});

test("behind sentinels, what is sent goes to the new master as soon as one names it, though the old one takes it still", async (t) => {
  const { master, replica, broker, failOver } = await stage(t);
  t.is((await broker.publish([message("1")]))[0]!.status, "ok");
  await failOver((isNamed) => isNamed);
  await callRedis(replica, "DEL", queue);
  await until(async () => {
    await broker.publish([message("2")]);
    return (await callRedis<number>(replica, "EXISTS", queue)) === 1;
  });
  t.regex(await replicationOf(master), /role:master/, "the sentinel has not demoted it yet");
});
