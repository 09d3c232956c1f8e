import type { ExecutionContext } from "ava";
import type { Backend, Continue } from "../../src/backends/backend.js";
import type { Broker, Consumer, Message, Settlement } from "../../src/brokers/broker.js";
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
  readonly continueWith: Continue;
  /** Where what ends comes from, and where what follows goes to. */
  readonly queues: readonly [string, string];
  claim(count: number): Promise<Settlement[]>;
  /** How many messages that follow are out, and how many claims are left. */
  counts(): Promise<{ sent: number; claimed: number | null }>;
}

async function open(t: ExecutionContext, at: string): Promise<Parts> {
  const broker = await openRedisBroker(await redisAt(at));
  t.teardown(() => broker.close());
  const backend = await backendAt(t, at);
  const queues = [namespace(t), namespace(t)] as const;
  const consumer = await broker.consume({ queues: [queues[0]], capacity: 10 });
  const claim = async (count: number): Promise<Settlement[]> => {
    await broker.publish(Array.from({ length: count }, (_, i) => message(queues[0], `ends-${i}`)));
    return (await consumer.take(count)).map((delivery) => ({ delivery, as: "ack" }));
  };
  const counts = async () => ({
    sent: (await broker.inspect(queues[1])).pending,
    claimed: (await broker.inspect(queues[0])).claimed,
  });
  return { broker, backend, consumer, continueWith: backend.continueWith!(broker, consumer)!, queues, claim, counts };
}

const message = (queue: string, id: string): Message => ({ id, queue, body: Buffer.from(`{"UUID":"${id}","Name":"é"}`) });
const ok = { status: "ok" } as const;

test("tasks end, and those that follow them are sent, in one script call", async (t) => {
  const { backend, continueWith, queues, claim, counts } = await open(t, url);
  const [one, two, next, after] = [namespace(t), namespace(t), namespace(t), namespace(t)];
  const writes = [state(one, "SUCCESS"), state(two, "FAILURE", { error: "no" }), state(next, "PENDING"), state(after, "PENDING")];
  const messages = [message(queues[1], next), message(queues[1], after)];
  const outcome = await continueWith(writes, messages, await claim(2));
  t.deepEqual(outcome, { written: writes.map(() => ({ ok: true })), published: [ok, ok], settled: ["ok", "ok"] });
  t.deepEqual(
    await backend.read([one, two, next, after]),
    writes.map(({ json }) => json),
  );
  t.deepEqual(await counts(), { sent: 2, claimed: 0 });
});

for (const [what, place, name] of [
  ["that ends has ended before", 0, "FAILURE"],
  ["that follows has begun before", 1, "STARTED"],
] as const) {
  test(`where a task ${what} nothing is sent, and no claim ended`, async (t) => {
    const { backend, continueWith, queues, claim, counts } = await open(t, url);
    const ids = [namespace(t), namespace(t)] as const;
    const before = state(ids[place], name);
    await backend.write([before]);
    const writes = [state(ids[0], "SUCCESS"), state(ids[1], "PENDING")];
    const settlements = await claim(1);
    const { written, published, settled } = (await continueWith(writes, [message(queues[1], ids[1])], settlements))!;
    t.deepEqual(written[place], { ok: false, stored: before.json });
    t.deepEqual([written[1 - place], published, settled], [{ ok: true }, undefined, undefined]);
    t.deepEqual(await counts(), { sent: 0, claimed: 1 });
  });
}

test("where a state can never be stored nothing is sent, and no claim ended", async (t) => {
  const { continueWith, queues, claim, counts } = await open(t, url);
  const [unfit, next] = [namespace(t), namespace(t)];
  await clientAt(t, url).rpush(unfit, "x");
  const writes = [state(unfit, "SUCCESS"), state(next, "PENDING")];
  const { written, published, settled } = (await continueWith(writes, [message(queues[1], next)], await claim(1)))!;
  t.deepEqual([written[0]!.ok, written[1], published, settled], [false, { ok: true }, undefined, undefined]);
  t.deepEqual(await counts(), { sent: 0, claimed: 1 });
  await clientAt(t, url).del(unfit);
});

test("where a queue is none it is said what was sent, and no claim is ended", async (t) => {
  const { broker, continueWith, queues, claim, counts } = await open(t, url);
  const taken = `${queues[1]}-taken`;
  await clientAt(t, url).set(taken, "x");
  const [one, two, three] = [namespace(t), namespace(t), namespace(t)];
  const writes = [state(one, "SUCCESS"), state(two, "PENDING"), state(three, "PENDING")];
  const messages = [message(taken, two), message(queues[1], three)];
  const { published, settled } = (await continueWith(writes, messages, await claim(1)))!;
  t.like(published![0], { status: "error" });
  t.regex((published![0] as { error: Error }).error.message, /WRONGTYPE/);
  t.deepEqual([published![1], settled], [ok, undefined]);
  t.deepEqual(await counts(), { sent: 1, claimed: 1 });
  await clientAt(t, url).del(taken);
  t.is((await broker.inspect(taken)).pending, 0);
});

test("where the claims are lost the ends are stored all the same, and nothing is sent yet", async (t) => {
  const { backend, consumer, continueWith, queues, claim, counts } = await open(t, url);
  const settlements = await claim(1);
  await consumer.settle(settlements);
  const [id, next] = [namespace(t), namespace(t)];
  const writes = [state(id, "SUCCESS"), state(next, "PENDING")];
  t.deepEqual(await continueWith(writes, [message(queues[1], next)], settlements), { written: [{ ok: true }, { ok: true }] });
  t.deepEqual(await backend.read([id]), [writes[0]!.json]);
  t.deepEqual(await counts(), { sent: 0, claimed: 0 });
});

own("after a lost answer it may be tried again, and says that all is there", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const { consumer, continueWith, queues, claim, counts } = await open(t, proxy.url);
  // The server does not know the script before.
  await continueWith([state("a", "SUCCESS"), state("b", "PENDING")], [message(queues[1], "b")], await claim(1));
  const writes = [state("the-state", "SUCCESS"), state("next", "PENDING")];
  const settlements = await claim(1);
  const lost = proxy.swallowReplyTo("the-state");
  await t.throwsAsync(continueWith(writes, [message(queues[1], "next")], settlements)!, { code: "ERR_AMBIGUOUS" });
  await lost;
  const again = await continueWith(writes, [message(queues[1], "next")], settlements);
  t.deepEqual(again, { written: writes.map(({ json }) => ({ ok: false, stored: json })) });
  t.deepEqual(await consumer.settle(settlements), ["ok"]);
  t.deepEqual(await counts(), { sent: 2, claimed: 0 });
});

test("what takes more than a script is left to others", async (t) => {
  const { continueWith, queues, claim, counts } = await open(t, url);
  const id = namespace(t);
  const later = { ...message(queues[1], id), notBefore: Date.now() + 60_000 };
  t.is(continueWith([state(id, "PENDING")], [later], await claim(1)), undefined);
  t.deepEqual(await counts(), { sent: 0, claimed: 1 });
});

test("broker and backend of different places take more than one step", async (t) => {
  const { backend, broker, consumer } = await open(t, url);
  const elsewhere = await open(t, `${url}/1`);
  const memory = openMemoryBroker({ name: namespace(t) });
  t.teardown(() => memory.close());
  t.is(backend.continueWith!(elsewhere.broker, consumer), undefined);
  t.is(backend.continueWith!(broker, elsewhere.consumer), undefined);
  t.is(backend.continueWith!(memory, consumer), undefined);
});

cluster.test("in a cluster they are in different slots, and it takes more than one step", async (t) => {
  const broker = await openRedisBroker(await redisAt(cluster.url));
  t.teardown(() => broker.close());
  const consumer = await broker.consume({ queues: [namespace(t)], capacity: 1 });
  t.is((await backendAt(t, cluster.url)).continueWith!(broker, consumer), undefined);
});
