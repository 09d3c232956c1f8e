import { randomBytes } from "node:crypto";
import { Server, silentLogger } from "machinery-ts";
import { ack, message, openBroker, openDirect, queue, takeAll, textsOf, until } from "../redis/private-broker.js";
import { startRedis } from "../services/redis.js";
import { startRedisCluster } from "../services/redis-cluster.js";
import { ownServers } from "../services/service.js";
import { vector } from "../wire/vectors.js";

const test = await ownServers("redis");
/** What Go writes for the default queue. */
const goTask = vector("message-delayed.json").replace('"RoutingKey":"vec"', `"RoutingKey":"${queue}"`);
const inNanoseconds = (ms: number): string => `${ms}000000`;

test("keys of another type are refused at the start, by name", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  await direct.call("SET", queue, "x");
  await t.throwsAsync(broker.declare([queue]), { code: "ERR_BROKER", message: /holds a string under "machinery_tasks"/ });
  const [outcome] = await broker.publish([message("1")]);
  t.regex((outcome as { error: Error }).error.message, /WRONGTYPE.*another queue name/);
  await direct.call("DEL", queue);
  await direct.call("RPUSH", "delayed_tasks", "x");
  await t.throwsAsync(broker.declare([queue]), { code: "ERR_BROKER", message: /holds a list under "delayed_tasks"/ });
});

test("a key that becomes one of another type ends takes with an error, until it is a queue again", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  await direct.call("SET", queue, "x");
  await t.throwsAsync(consumer.take(1), { code: "ERR_BROKER", message: /WRONGTYPE/ });
  await direct.call("DEL", queue);
  await broker.publish([message("1")]);
  t.deepEqual(textsOf(await consumer.take(1)), ["1"]);
});

test("a set of delayed tasks that is none is told, and the queues go on", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  await direct.call("SET", "delayed_tasks", "x");
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  await t.throwsAsync(consumer.take(1), { code: "ERR_BROKER", message: /WRONGTYPE/ });
  await broker.publish([message("1")]);
  t.deepEqual(textsOf(await takeAll(consumer, 1)), ["1"]);
});

test("queues with names that cannot be ones are refused", async (t) => {
  const server = await startRedis(t);
  const broker = await openBroker(t, server.url);
  for (const name of ["", "delayed_tasks", "x".repeat(256), "{q}:p:dead"]) {
    await t.throwsAsync(broker.declare([name]), { code: "ERR_QUEUE_NAME" });
    const [outcome] = await broker.publish([message("1", { queue: name })]);
    t.is(outcome!.status === "error" && (outcome!.error as { code?: string }).code, "ERR_QUEUE_NAME");
  }
});

test("junk among the delayed tasks becomes dead letters, the others come", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  const odd = '{"Name":"x","RoutingKey":"delayed_tasks"}';
  await direct.call("ZADD", "delayed_tasks", "-inf", "junk", -5, Buffer.of(0xff, 0x00), 1, odd, 2, goTask);
  const [delivery] = await takeAll(consumer, 1);
  t.deepEqual(textsOf([delivery!]), [goTask]);
  await until(async () => (await broker.inspect(queue)).dead === 3);
  const letters = await broker.peek(queue, "dead", 10);
  t.deepEqual(letters.map(({ body }) => Buffer.from(body).toString("latin1")).sort(), ["junk", odd, "\xff\0"].sort());
  t.true(letters.every(({ dead }) => /no message of Machinery's/.test(dead!.reason)));
});

test("a delayed task that Go adds comes when it is due, without polling", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  // So long that only being told can help.
  const broker = await openBroker(t, server.url, {}, { delayedPollMs: 3_600_000 });
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  const waiting = takeAll(consumer, 1);
  const due = Date.now() + 300;
  await direct.call("ZADD", "delayed_tasks", inNanoseconds(due), goTask);
  const deliveries = await waiting;
  t.true(Date.now() >= due);
  t.deepEqual(textsOf(deliveries), [goTask]);
});

test("where a server forbids to be told of changes, delayed tasks are polled for", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  await direct.call(
    "ACL",
    "SETUSER",
    "worker",
    "on",
    ">secret",
    "~*",
    "&*",
    "+@all",
    "-client|tracking",
    "-client|unblock",
    "-info",
  );
  const broker = await openBroker(t, server.url.replace("//", "//worker:secret@"), {}, { delayedPollMs: 50 });
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  const aborted = new AbortController();
  const waiting = consumer.take(1, aborted.signal);
  aborted.abort();
  t.deepEqual(await waiting, [], "a wait that cannot be called back is broken off");
  await direct.call("ZADD", "delayed_tasks", inNanoseconds(Date.now() + 100), goTask);
  t.is((await takeAll(consumer, 1)).length, 1);
});

test("a message of 20 MiB comes whole", async (t) => {
  const server = await startRedis(t);
  const broker = await openBroker(t, server.url);
  const body = randomBytes(20 << 20);
  t.deepEqual(await broker.publish([{ id: "task_1", queue, body }]), [{ status: "ok" }]);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  const deliveries = await consumer.take(1);
  t.true(body.equals(deliveries[0]!.body));
  t.deepEqual(await ack(consumer, deliveries), ["ok"]);
});

test("junk in the list becomes dead letters, and the worker goes on", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const machinery = await Server.connect({ broker: server.url, resultBackend: server.url, logger: silentLogger });
  t.teardown(() => machinery.close());
  machinery.registerTask("add", (a: bigint, b: bigint) => a + b);
  await direct.call("RPUSH", queue, "junk", Buffer.of(0xff), "{}", "null", vector("message-add.json"));
  const worker = machinery.newWorker("w");
  await worker.start();
  const uuid = (JSON.parse(vector("message-add.json")) as { UUID: string }).UUID;
  t.is(await machinery.asyncResult(uuid).get({ timeoutMs: 10_000 }), 2n);
  await until(async () => (await machinery.getBroker().inspect(queue)).dead === 4);
});

test("what somebody had begun to move within a cluster is moved by another", async (t) => {
  const cluster = await startRedisCluster(t);
  const direct = await openDirect(t, cluster.url);
  const broker = await openBroker(t, cluster.url);
  await direct.call("ZADD", "{delayed_tasks}:p:moving", 1, goTask);
  const consumer = await broker.consume({ queues: [queue, "other"], capacity: 10 });
  const deliveries = await takeAll(consumer, 1);
  t.deepEqual(textsOf(deliveries), [goTask]);
  await ack(consumer, deliveries);
  await until(async () => (await direct.call("EXISTS", "{delayed_tasks}:p:moving")) === 0);
});

test("a cluster's slot is moved under load, and nothing is lost", async (t) => {
  const cluster = await startRedisCluster(t);
  const direct = await openDirect(t, cluster.url);
  const broker = await openBroker(t, cluster.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 50 });
  const slot = Number(await direct.call("CLUSTER", "KEYSLOT", queue));
  const total = 2_000;
  const received = new Set<string>();
  const publishing = (async () => {
    for (let i = 0; i < total; i += 20) {
      let left = Array.from({ length: 20 }, (_, n) => message(`${i + n}`));
      while (left.length > 0) {
        const outcomes = await broker.publish(left);
        left = left.filter((_, n) => outcomes[n]!.status !== "ok");
      }
    }
  })();
  const taking = (async () => {
    while (received.size < total) {
      const deliveries = await consumer.take(50).catch(() => []);
      const outcomes =
        deliveries.length === 0 ? [] : await consumer.settle(deliveries.map((delivery) => ({ delivery, as: "ack" })));
      for (const [n, outcome] of outcomes.entries()) if (outcome === "ok") received.add(textsOf([deliveries[n]!])[0]!);
    }
  })();
  for (const node of [...cluster.nodes, ...cluster.nodes]) await cluster.moveSlot(slot, node);
  await Promise.all([publishing, taking]);
  t.is(received.size, total);
  // An empty queue moves under a waiting worker.
  const waiting = takeAll(consumer, 1);
  for (const node of cluster.nodes) await cluster.moveSlot(slot, node);
  await broker.publish([message("last")]);
  t.deepEqual(textsOf(await waiting), ["last"]);
});
