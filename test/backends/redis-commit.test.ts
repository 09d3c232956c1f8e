import type { ExecutionContext } from "ava";
import type { Backend } from "../../src/backends/backend.js";
import type { Broker, Consumer, Settlement } from "../../src/brokers/broker.js";
import { openMemoryBroker } from "../../src/brokers/memory.js";
import { openRedisBroker } from "../../src/brokers/redis.js";
import { redisAt } from "../redis/address.js";
import { sharedCluster } from "../redis/shared-cluster.js";
import { namespace } from "../services/namespace.js";
import { FaultProxy } from "../services/proxy.js";
import { startRedis } from "../services/redis.js";
import { ownServers, service } from "../services/service.js";
import { backendAt, clientAt, state } from "./redis-stage.js";

const { test, url } = await service("redis");
const own = await ownServers("redis");
const cluster = await sharedCluster();

interface Parts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly consumer: Consumer;
  readonly queue: string;
  /** Queues messages, claims them, and says how to acknowledge them. */
  claim(count: number): Promise<Settlement[]>;
}

async function open(t: ExecutionContext, brokerUrl: string, backendUrl = brokerUrl): Promise<Parts> {
  const broker = await openRedisBroker(await redisAt(brokerUrl));
  t.teardown(() => broker.close());
  const backend = await backendAt(t, backendUrl);
  const queue = namespace(t);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  const claim = async (count: number): Promise<Settlement[]> => {
    await broker.publish(Array.from({ length: count }, (_, i) => ({ id: `m${i}`, queue, body: Buffer.from(`{"n":${i}}`) })));
    return (await consumer.take(count)).map((delivery) => ({ delivery, as: "ack" }));
  };
  return { broker, backend, consumer, queue, claim };
}

const nothing = { pending: 0, delayed: 0, claimed: 0, dead: 0 };

test("states are stored and claims ended in one script call", async (t) => {
  const { broker, backend, consumer, queue, claim } = await open(t, url);
  const [ack, dead] = await claim(2);
  const ids = [namespace(t), namespace(t)] as const;
  const writes = [state(ids[0], "SUCCESS"), state(ids[1], "FAILURE", { error: "no" })];
  const settlements: Settlement[] = [ack!, { ...dead!, as: "dead", reason: "no" }];
  const outcome = await backend.commitWith!(consumer)!(writes, settlements);
  t.deepEqual(outcome, { written: [{ ok: true }, { ok: true }], settled: ["ok", "ok"] });
  t.deepEqual(await backend.read(ids), [writes[0]!.json, writes[1]!.json]);
  t.deepEqual(await broker.inspect(queue), { ...nothing, dead: 1 });
});

test("a refused state ends its claim all the same, and says what is stored", async (t) => {
  const { broker, backend, consumer, queue, claim } = await open(t, url);
  const id = namespace(t);
  await backend.write([state(id, "SUCCESS")]);
  const { written, settled } = await backend.commitWith!(consumer)!([state(id, "FAILURE", { error: "late" })], await claim(1));
  t.deepEqual([written, settled], [[{ ok: false, stored: state(id, "SUCCESS").json }], ["ok"]]);
  t.deepEqual(await broker.inspect(queue), nothing);
});

for (const [what, spoil] of [
  ["whose key is of another type", async (t: ExecutionContext, id: string) => void (await clientAt(t, url).rpush(id, "x"))],
  ["that is too large", async () => {}],
] as const) {
  test(`where a state ${what} can never be stored nothing is settled`, async (t) => {
    const { broker, backend, consumer, queue, claim } = await open(t, url);
    const [unfit, fine] = [namespace(t), namespace(t)];
    await spoil(t, unfit);
    const results = what === "that is too large" ? `[{"Type":"string","Value":"${"x".repeat(64 * 1024 * 1024)}"}]` : null;
    const settlements = await claim(2);
    const commit = backend.commitWith!(consumer)!;
    const { written, settled } = await commit([state(unfit, "SUCCESS", { results }), state(fine, "SUCCESS")], settlements);
    t.deepEqual([written[0]!.ok, written[1], settled], [false, { ok: true }, undefined]);
    t.is((await broker.inspect(queue)).claimed, 2);
    t.deepEqual(await consumer.settle(settlements), ["ok", "ok"]);
    await clientAt(t, url).del(unfit);
  });
}

test("where the claims are lost the states are stored all the same", async (t) => {
  const { backend, consumer, claim } = await open(t, url);
  const settlements = await claim(1);
  const id = namespace(t);
  await consumer.settle(settlements);
  const outcome = await backend.commitWith!(consumer)!([state(id, "SUCCESS")], settlements);
  t.deepEqual(outcome, { written: [{ ok: true }], settled: ["lost"] });
  t.deepEqual(await backend.read([id]), [state(id, "SUCCESS").json]);
});

own("after a lost answer it may be tried again, and says that it was done", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const { broker, backend, consumer, queue, claim } = await open(t, proxy.url);
  const commit = backend.commitWith!(consumer)!;
  // The server does not know the script before.
  await commit([state("another", "SUCCESS")], await claim(1));
  const write = state("the-state", "SUCCESS");
  const settlements = await claim(1);
  const lost = proxy.swallowReplyTo("the-state");
  await t.throwsAsync(commit([write], settlements), { code: "ERR_AMBIGUOUS" });
  await lost;
  t.deepEqual(await commit([write], settlements), { written: [{ ok: false, stored: write.json }], settled: ["ok"] });
  t.deepEqual(await broker.inspect(queue), nothing);
});

test("broker and backend of different places commit in two steps", async (t) => {
  const elsewhere = await open(t, url, `${url}/1`);
  t.is(elsewhere.backend.commitWith!(elsewhere.consumer), undefined);
  const memory = openMemoryBroker({ name: namespace(t) });
  t.teardown(() => memory.close());
  t.is(elsewhere.backend.commitWith!(await memory.consume({ queues: ["q"], capacity: 1 })), undefined);
});

cluster.test("in a cluster states and claims are in different slots, and committed in two steps", async (t) => {
  const { backend, consumer } = await open(t, cluster.url);
  t.is(backend.commitWith!(consumer), undefined);
});
