import { claim } from "../../src/brokers/redis/claim-scripts.js";
import type { RedisConsumer } from "../../src/brokers/redis/consumer.js";
import {
  ack,
  ackInTheEnd,
  blocked,
  message,
  openBroker,
  openDirect,
  ownKeys,
  queue,
  takeAll,
  textsOf,
  until,
} from "../redis/private-broker.js";
import { FaultProxy } from "../services/proxy.js";
import { startRedis } from "../services/redis.js";
import { ownServers } from "../services/service.js";

const test = await ownServers("redis");

test("a worker and a sender have three connections, and one for each further queue", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const count = async (): Promise<number> => {
    const clients = String(await direct.call("CLIENT", "LIST"))
      .trim()
      .split("\n");
    // Without the one that asks.
    return clients.length - 1;
  };
  const waiting = [(await broker.consume({ queues: [queue], capacity: 1 })).take(1)];
  await until(async () => (await blocked(direct)) === 1);
  t.is(await count(), 3);
  waiting.push((await broker.consume({ queues: ["other", "third"], capacity: 1 })).take(1));
  await until(async () => (await blocked(direct)) === 3);
  t.is(await count(), 5);
  await broker.close();
  t.deepEqual(await Promise.all(waiting), [[], []]);
  t.is(await count(), 0);
});

test("a server that comes back with less than it had: what it takes for claimed by a worker is told to that one at once", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  await broker.publish([message("1")]);
  const deliveries = await takeAll(consumer, 1);
  await direct.call("SAVE");
  // Of this it will know nothing.
  t.deepEqual(await ack(consumer, deliveries), ["ok"]);
  await server.restart("SIGKILL");
  let [outcome] = await broker.publish([message("2")]);
  while (outcome!.status !== "ok") [outcome] = await broker.publish([message("2")]);
  const again = await takeAll(consumer, 2);
  t.deepEqual(textsOf(again), ["1", "2"]);
  t.deepEqual(await ack(consumer, again), ["ok", "ok"]);
});

test("an idle worker asks for nothing but its blocked call", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  void consumer.take(1);
  await until(async () => (await blocked(direct)) === 1);
  await direct.call("CONFIG", "RESETSTAT");
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const stats = String(await direct.call("INFO", "commandstats"));
  const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, count]) => `${name} ${count}`);
  // What every process does now and then: to show life and to look after others.
  const own = calls.filter((call) => !/^(?:info|config\|resetstat|ping|blmove|exists|evalsha|eval|time|z\w+) [1-3]$/.test(call));
  t.deepEqual(own, [], stats);
});

test("a broker that closes leaves no key behind but what is queued", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  await broker.publish(["1", "2"].map((text) => message(text)));
  const [first] = await consumer.take(1);
  await ack(consumer, [first!]);
  await consumer.take(1);
  void consumer.take(1);
  await until(async () => (await blocked(direct)) === 1);
  await broker.close();
  t.deepEqual((await direct.call("KEYS", "*")) as Buffer[], [Buffer.from(queue)]);
});

test("a worker goes on after its server was killed and came back, and loses nothing", async (t) => {
  const server = await startRedis(t, { appendonly: "yes", appendfsync: "always" });
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  await broker.publish(["1", "2", "3"].map((text) => message(text)));
  const held = await consumer.take(2);
  await server.restart("SIGKILL");
  const rest = await takeAll(consumer, 1);
  t.deepEqual(textsOf(rest), ["3"]);
  t.deepEqual(await ackInTheEnd(consumer, [...held, ...rest]), ["ok", "ok", "ok"]);
  await broker.publish([message("4")]);
  const next = await takeAll(consumer, 1);
  t.deepEqual(textsOf(next), ["4"]);
  t.deepEqual(await ack(consumer, next), ["ok"]);
  t.deepEqual(await broker.inspect(queue), { pending: 0, delayed: 0, claimed: 0, dead: 0 });
});

test("a waiting worker gets what comes after its connections were killed, again and again", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  for (let round = 0; round < 5; round++) {
    const waiting = takeAll(consumer, 1);
    await until(async () => (await blocked(direct)) === 1);
    await direct.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await direct.call("RPUSH", queue, `${round}`);
    const deliveries = await waiting;
    t.deepEqual(textsOf(deliveries), [`${round}`]);
    t.deepEqual(await ackInTheEnd(consumer, deliveries), ["ok"]);
  }
});

test("connections that are cut or fall silent come back within 6 seconds", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const proxy = await FaultProxy.start(t, server.url);
  const broker = await openBroker(t, proxy.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  const faults = [
    () => proxy.cut("FIN"),
    () => proxy.cut("RST"),
    async () => {
      proxy.blackHole();
      // The call's own deadline.
      await t.throwsAsync(broker.inspect(queue));
      await proxy.pass();
    },
  ];
  for (const fault of faults) {
    const waiting = takeAll(consumer, 1);
    await until(async () => (await blocked(direct)) === 1);
    await fault();
    const patience = new Promise((resolve) => setTimeout(resolve, 6_000, "too late").unref());
    await direct.call("RPUSH", queue, "1");
    const deliveries = await Promise.race([waiting, patience]);
    t.not(deliveries, "too late");
    t.deepEqual(await ackInTheEnd(consumer, await waiting), ["ok"]);
  }
});

test("scripts that the server has forgotten are sent again", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const consumer = await broker.consume({ queues: [queue], capacity: 10 });
  await broker.publish([message("1")]);
  const [first] = await consumer.take(1);
  await direct.call("SCRIPT", "FLUSH", "SYNC");
  t.deepEqual(await ack(consumer, [first!]), ["ok"]);
  t.deepEqual((await direct.call("SCRIPT", "EXISTS", claim.source(true).sha)) as number[], [0]);
});

test("a full server can be drained: claims, results of all kinds and heartbeats go on, only sends are refused", async (t) => {
  const server = await startRedis(t, { maxmemory: "6mb" });
  const direct = await openDirect(t, server.url);
  const broker = await openBroker(t, server.url);
  const filler = Buffer.alloc(50_000, "x");
  let sent = 0;
  for (;;) {
    const [outcome] = await broker.publish([{ id: "task_1", queue, body: filler }]);
    if (outcome!.status === "ok") sent++;
    else {
      t.is(outcome!.status, "error");
      t.regex((outcome as { error: Error }).error.message, /OOM.*drain the queues/);
      break;
    }
  }
  const [delayed] = await broker.publish([{ id: "task_1", queue, body: filler, notBefore: Date.now() + 60_000 }]);
  t.is(delayed!.status, "error");
  const lost: unknown[] = [];
  const consumer = await broker.consume({ queues: [queue], capacity: 5, leaseMs: 600, onLost: (all) => lost.push(...all) });
  await direct.call("CONFIG", "SET", "maxmemory", "1mb");
  const [a, b, c] = await consumer.take(3);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  t.deepEqual(
    await consumer.settle([
      { delivery: a!, as: "dead", reason: "broken" },
      { delivery: b!, as: "delay", until: Date.now() - 1 },
      { delivery: c!, as: "release" },
    ]),
    ["ok", "ok", "ok"],
  );
  let drained = 1;
  while (drained < sent) {
    const deliveries = await takeAll(consumer, 1);
    t.deepEqual(await ack(consumer, deliveries), ["ok"]);
    drained++;
  }
  t.deepEqual(lost, []);
  t.deepEqual(await broker.inspect(queue), { pending: 0, delayed: 0, claimed: 0, dead: 1 });
  await direct.call("CONFIG", "SET", "maxmemory", "10mb");
  const waiting = takeAll(consumer, 1);
  await broker.publish([message("room again")]);
  t.deepEqual(textsOf(await waiting), ["room again"]);
});

test("a dead worker's keys go when its lease has run out", async (t) => {
  const server = await startRedis(t);
  const direct = await openDirect(t, server.url);
  const proxy = await FaultProxy.start(t, server.url);
  const [dead, alive] = [await openBroker(t, proxy.url), await openBroker(t, server.url)];
  const dying = await dead.consume({ queues: [queue], capacity: 10, leaseMs: 300 });
  await dead.publish([message("1")]);
  await dying.take(1);
  const { name } = dying as RedisConsumer;
  proxy.refuse();
  proxy.cut();
  const survivor = await alive.consume({ queues: [queue], capacity: 10, leaseMs: 300 });
  const deliveries = await takeAll(survivor, 1);
  t.is(deliveries[0]!.crashes, 1);
  await ack(survivor, deliveries);
  // How many there are does not say: a machine that holds the survivor up may have that one taken for dead as well.
  await until(async () => (await direct.call("ZSCORE", `{${queue}}:p:workers`, name)) === null);
  await alive.close();
  t.deepEqual(await ownKeys(direct), []);
  await proxy.pass();
});
