import type { ExecutionContext } from "ava";
import type { Announce, Backend } from "../../src/backends/backend.js";
import type { Broker, Message } from "../../src/brokers/broker.js";
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
  readonly announce: Announce;
  readonly queue: string;
}

async function open(t: ExecutionContext, brokerUrl: string): Promise<Parts> {
  const broker = await openRedisBroker(await redisAt(brokerUrl));
  t.teardown(() => broker.close());
  const backend = await backendAt(t, brokerUrl);
  return { broker, backend, announce: backend.announceWith!(broker)!, queue: namespace(t) };
}

const message = (queue: string, id: string): Message => ({ id, queue, body: Buffer.from(`{"UUID":"${id}","Name":"é"}`) });
const pending = (broker: Broker, queue: string) => broker.inspect(queue).then((info) => info.pending);

test("states are stored and messages published in one script call", async (t) => {
  const { broker, backend, announce, queue } = await open(t, url);
  const ids = [namespace(t), namespace(t), namespace(t)] as const;
  const other = `${queue}-other`;
  const messages = [message(queue, ids[0]), message(other, ids[1]), message(queue, ids[2])];
  const writes = ids.map((id) => state(id, "PENDING"));
  const ok = { status: "ok" };
  t.deepEqual(await announce(writes, messages), {
    written: [{ ok: true }, { ok: true }, { ok: true }],
    published: [ok, ok, ok],
  } as never);
  t.deepEqual(
    await backend.read(ids),
    writes.map(({ json }) => json),
  );
  const there = await Promise.all([queue, other].map((name) => broker.peek(name, "pending", 10)));
  t.deepEqual(
    there.map((some) => some.map(({ body }) => Buffer.from(body))),
    [[messages[0]!.body, messages[2]!.body], [messages[1]!.body]] as Buffer[][],
  );
});

test("what is there already stays, and the message goes out all the same", async (t) => {
  const { broker, backend, announce, queue } = await open(t, url);
  const id = namespace(t);
  const stored = state(id, "STARTED");
  await backend.write([stored]);
  const outcome = await announce([state(id, "PENDING")], [message(queue, id)]);
  t.deepEqual(outcome, { written: [{ ok: false, stored: stored.json }], published: [{ status: "ok" }] });
  t.is(await pending(broker, queue), 1);
});

test("where a state can never be stored nothing is published", async (t) => {
  const { broker, announce, queue } = await open(t, url);
  const [unfit, fine] = [namespace(t), namespace(t)];
  await clientAt(t, url).rpush(unfit, "x");
  const messages = [message(queue, unfit), message(queue, fine)];
  const { written, published } = (await announce([state(unfit, "PENDING"), state(fine, "PENDING")], messages))!;
  t.deepEqual([written[0]!.ok, written[1], published], [false, { ok: true }, undefined]);
  t.is(await pending(broker, queue), 0);
  await clientAt(t, url).del(unfit);
});

test("a queue that is none takes nothing, and the others do", async (t) => {
  const { broker, announce, queue } = await open(t, url);
  const taken = `${queue}-taken`;
  await clientAt(t, url).set(taken, "x");
  const ids = [namespace(t), namespace(t)] as const;
  const outcome = await announce(
    ids.map((id) => state(id, "PENDING")),
    [message(taken, ids[0]), message(queue, ids[1])],
  );
  const [refused, sent] = outcome!.published!;
  t.is(refused!.status, "error");
  t.like((refused as { error: Error }).error, { code: "ERR_BROKER", name: "MachineryError" });
  t.regex((refused as { error: Error }).error.message, /WRONGTYPE/);
  t.deepEqual(sent, { status: "ok" });
  t.is(await pending(broker, queue), 1);
  await clientAt(t, url).del(taken);
});

own("after a lost answer it may be there, and may be sent again", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const { broker, announce } = await open(t, proxy.url);
  // The server does not know the script before.
  await announce([state("another", "PENDING")], [message("q", "another")]);
  const lost = proxy.swallowReplyTo("the-state");
  const write = state("the-state", "PENDING");
  await t.throwsAsync(announce([write], [message("q", "the-state")])!, { code: "ERR_AMBIGUOUS" });
  await lost;
  const again = await announce([write], [message("q", "the-state")]);
  t.deepEqual(again, { written: [{ ok: false, stored: write.json }], published: [{ status: "ok" }] });
  t.is(await pending(broker, "q"), 3);
});

test("what takes more than a script is left to others", async (t) => {
  const { announce, queue, broker } = await open(t, url);
  const id = namespace(t);
  const writes = [state(id, "PENDING")];
  t.is(announce(writes, [{ ...message(queue, id), notBefore: Date.now() + 60_000 }]), undefined);
  t.is(announce(writes, [{ ...message(queue, id), body: Buffer.alloc(0) }]), undefined);
  t.is(announce(writes, [{ ...message(queue, id), body: Buffer.alloc(64 * 1024 + 1, " ") }]), undefined);
  t.is(
    announce(
      writes,
      Array.from({ length: 21 }, () => message(queue, id)),
    ),
    undefined,
  );
  t.is(await pending(broker, queue), 0);
});

test("broker and backend of different places announce in two steps", async (t) => {
  const { backend } = await open(t, url);
  const elsewhere = await openRedisBroker(await redisAt(`${url}/1`));
  const memory = openMemoryBroker({ name: namespace(t) });
  t.teardown(() => Promise.all([elsewhere.close(), memory.close()]));
  t.is(backend.announceWith!(elsewhere), undefined);
  t.is(backend.announceWith!(memory), undefined);
});

cluster.test("in a cluster states and queues are in different slots, and announced in two steps", async (t) => {
  const broker = await openRedisBroker(await redisAt(cluster.url));
  t.teardown(() => broker.close());
  t.is((await backendAt(t, cluster.url)).announceWith!(broker), undefined);
});
