import type { Delivery } from "../../src/brokers/broker.js";
import { claim, settle } from "../../src/brokers/redis/claim-scripts.js";
import type { RedisConsumer } from "../../src/brokers/redis/consumer.js";
import { ack, blocked, message, openBroker, openDirect, queue, takeAll, textsOf, until } from "../redis/private-broker.js";
import { FaultProxy } from "../services/proxy.js";
import { startRedis } from "../services/redis.js";
import { ownServers } from "../services/service.js";

const test = await ownServers("redis");

test("a publish whose answer is lost is ambiguous, and was not sent twice", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, proxy.url);
  const done = proxy.swallowReplyTo("RPUSH");
  const [outcome] = await broker.publish([message("1")]);
  await done;
  t.is(outcome!.status === "ambiguous" && (outcome!.error as { code?: string }).code, "ERR_AMBIGUOUS");
  t.is(await direct.call("LLEN", queue), 1);
  t.deepEqual(await broker.publish([message("2")]), [{ status: "ok" }]);
  t.is(await direct.call("LLEN", queue), 2);
});

test("what was claimed by a call whose answer is lost is handed out by the next", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const broker = await openBroker(t, proxy.url);
  await broker.publish(["0", "1", "2", "3"].map((text) => message(text)));
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  const [first] = await consumer.take(1);
  const done = proxy.swallowReplyTo(claim.source(true).sha);
  await t.throwsAsync(consumer.take(2), { code: "ERR_AMBIGUOUS" });
  await done;
  const found = await consumer.take(10);
  t.deepEqual(textsOf(found), ["1", "2"]);
  t.true(found.every(({ crashes }) => crashes === 0));
  const rest = await consumer.take(10);
  t.deepEqual(textsOf(rest), ["3"]);
  t.deepEqual(await ack(consumer, [first!, ...found, ...rest]), ["ok", "ok", "ok", "ok"]);
  t.deepEqual(await broker.inspect(queue), { pending: 0, delayed: 0, claimed: 0, dead: 0 });
});

test("a settlement whose answer is lost can be tried again, whatever it was", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const broker = await openBroker(t, proxy.url);
  await broker.publish(["warm", "ack", "release", "dead", "delay"].map((text) => message(text)));
  let losses = 0;
  const consumer = await broker.consume({ queues: [queue], capacity: 10, onLost: () => losses++ });
  const [warm, a, b, c, d] = await consumer.take(10);
  await ack(consumer, [warm!]);
  const settlements = [
    { delivery: a!, as: "ack" },
    { delivery: b!, as: "release" },
    { delivery: c!, as: "dead", reason: "broken" },
    { delivery: d!, as: "delay", until: Date.now() + 3_600_000 },
  ] as const;
  const done = proxy.swallowReplyTo(settle.source(true).sha);
  await t.throwsAsync(consumer.settle(settlements), { code: "ERR_AMBIGUOUS" });
  await done;
  t.deepEqual(await consumer.settle(settlements), ["ok", "ok", "ok", "ok"]);
  t.deepEqual(await consumer.settle(settlements), ["lost", "lost", "lost", "lost"]);
  t.deepEqual(await broker.inspect(queue), { pending: 1, delayed: 1, claimed: 0, dead: 1 });
  t.is(losses, 0);
});

test("a message that came while the connection was dead is found in the worker's list", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, proxy.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  const waiting = consumer.take(10);
  await until(async () => (await blocked(direct)) === 1);
  proxy.blackHole();
  await direct.call("RPUSH", queue, "1");
  await until(async () => (await direct.call("LLEN", queue)) === 0);
  await proxy.pass();
  // With the default options of ioredis the command would be sent again, and bring the next message instead.
  await direct.call("RPUSH", queue, "2");
  const deliveries = await waiting.catch((): Delivery[] => []);
  deliveries.push(...(await takeAll(consumer, 2 - deliveries.length)));
  t.deepEqual(textsOf(deliveries), ["1", "2"]);
  t.deepEqual(await ack(consumer, deliveries), ["ok", "ok"]);
});

test("a message that comes for a worker already taken for dead is given back", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const direct = await openDirect(t, server.url);
  const [silent, alive] = [await openBroker(t, proxy.url), await openBroker(t, server.url)];
  const dying = (await silent.consume({ queues: [queue], capacity: 10, leaseMs: 600 })) as RedisConsumer;
  const { name } = dying;
  const waiting = dying.take(10);
  await until(async () => (await blocked(direct)) === 1);
  proxy.blackHole();
  const survivor = await alive.consume({ queues: [queue], capacity: 10, leaseMs: 600 });
  await until(async () => Number(await direct.call("ZSCORE", `{${queue}}:p:workers`, name)) < 0);
  await direct.call("RPUSH", queue, "late");
  t.is(await direct.call("LLEN", queue), 0, "the server gives it to the one that waits there");
  const deliveries = await survivor.take(10);
  t.deepEqual(textsOf(deliveries), ["late"]);
  t.deepEqual(await ack(survivor, deliveries), ["ok"]);
  await proxy.pass();
  await dying.close();
  t.deepEqual(await waiting.catch(() => []), []);
});

test("an answer that is long overdue breaks the connection", async (t) => {
  const server = await startRedis(t);
  const redis = await openDirect(t, server.url);
  const blocking = redis.openBlocking(queue);
  t.teardown(() => blocking.close());
  await t.throwsAsync(blocking.send([["BLMOVE", queue, "other", "LEFT", "RIGHT", 3600]]), { code: "ERR_AMBIGUOUS" });
  await until(async () => (await blocked(redis)) === 0);
  t.is(String((await blocking.send([["PING"]]))[0]), "PONG");
});
