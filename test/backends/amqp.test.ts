import { connect } from "amqplib";
import type { ExecutionContext } from "ava";
import { chain, chord, group, Server, silentLogger } from "machinery-ts";
import { senders, tasks } from "../../generated/index.js";
import { openAmqpBackend } from "../../src/backends/amqp.js";
import type { Backend } from "../../src/backends/backend.js";
import { StateRecord } from "../../src/wire/state.js";
import * as handlers from "../../tasks/index.js";
import { amqpAddress } from "../amqp/address.js";
import { retried } from "../amqp/retried.js";
import { namespace } from "../services/namespace.js";
import { startRabbitmq } from "../services/rabbitmq.js";
import { ownServers, service } from "../services/service.js";
import { dispatch } from "../worker/tutorial.js";

const { test, url } = await service("rabbitmq");
const ownTest = await ownServers("rabbitmq");

/** A sender and two workers, each with connections of its own to broker and result backend, as in three processes. */
async function fleet(t: ExecutionContext): Promise<{ server: Server; send: ReturnType<typeof senders> }> {
  const name = namespace(t);
  const amqp = { exchange: `${name}.exchange`, bindingKey: `${name}.key` };
  const options = { broker: url, resultBackend: url, defaultQueue: `${name}.queue`, amqp, logger: silentLogger };
  const servers = [await Server.connect(options), await Server.connect(options), await Server.connect(options)] as const;
  const workers = [
    servers[1].newWorker("w1", { handlers: dispatch(handlers) }),
    servers[2].newWorker("w2", { handlers: dispatch(handlers) }),
  ];
  await Promise.all(workers.map((worker) => worker.start()));
  t.teardown(async () => {
    await Promise.all(workers.map((worker) => worker.stop({ graceMs: 0 })));
    await Promise.all(servers.map((server) => server.close()));
    const connection = await connect(url);
    const channel = await connection.createChannel();
    for (const suffix of ["", ".dead"]) await channel.deleteQueue(`${name}.queue${suffix}`);
    for (const suffix of ["", ".notices", ".purges"]) await channel.deleteExchange(amqp.exchange + suffix);
    await connection.close();
  });
  return { server: servers[0], send: senders(servers[0]) };
}

test("tasks, groups, chains and chords over a fleet that knows no other backend", async (t) => {
  const { server, send } = await fleet(t);
  t.is(await (await send.add(1n, 2n)).get(), 3n);
  const sums = await Promise.all(Array.from({ length: 50 }, (_, i) => send.add(BigInt(i), 1n)));
  t.deepEqual(
    await Promise.all(sums.map((sum) => sum.get())),
    sums.map((_, i) => BigInt(i) + 1n),
  );
  t.is(await (await server.sendChain(chain(tasks.add(1n, 1n), tasks.add(5n, 5n), tasks.multiply(4n)))).get(), 48n);
  for (let round = 0; round < 5; round++) {
    const members = Array.from({ length: 8 }, (_, i) => tasks.add(BigInt(i), 1n));
    const result = await server.sendChord(chord(group(...members), tasks.add()));
    t.is(await result.get(), 36n);
  }
  await t.throwsAsync(async () => (await send.fail("no")).get(), { code: "ERR_TASK_FAILED" });
});

test("a result can be waited for before and after it has come, and again", async (t) => {
  const { send } = await fleet(t);
  const sum = await send.add(1n, 2n);
  t.deepEqual(await Promise.all([sum.get(), sum.get()]), [3n, 3n]);
  t.is(await sum.get(), 3n);
  t.is((await sum.getState()).state, "SUCCESS");
});

/** What is refused is refused without a look at the server: who asks again and again has to let its word come through. */
const nextLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ttlMs = 3_600_000;
const at = "2026-01-01T00:00:00Z";
const state = (id: string, name: "PENDING" | "STARTED" | "SUCCESS", notify: string | undefined) =>
  new StateRecord(id, "add", name, name === "SUCCESS" ? "[]" : null, "", at, ttlMs, notify);

test("what is purged is forgotten by every process, so that it can run again", async (t) => {
  const exchange = namespace(t);
  const backends = [0, 1].map(() => openAmqpBackend({ address: amqpAddress(url), exchange }));
  const [one, two] = (await Promise.all(backends)) as [Backend, Backend];
  const watched = new Promise<void>((resolve) => {
    const watch = one.watch((id, json) => {
      if (id === "task_last" && typeof json === "string") resolve();
    });
    watch.add(["task_last"]);
    void two.write([state("task_1", "SUCCESS", watch.topic)]).then(async () => {
      t.like(await two.write([state("task_1", "STARTED", watch.topic)]), [{ ok: false }]);
      await one.purge(["task_1"]);
      // On its way in both directions.
      while (!(await two.write([state("task_1", "STARTED", watch.topic)]))[0]!.ok) await nextLoop();
      await two.write([state("task_last", "SUCCESS", watch.topic)]);
    });
  });
  await watched;
  t.deepEqual(
    (await one.read(["task_1"])).map((json) => json?.includes('"STARTED"')),
    [true],
  );
  await Promise.all([one.close(), two.close()]);
});

test("in Go's way a sender that only looks finds its result, again and again", async (t) => {
  const exchange = namespace(t);
  const open = () => openAmqpBackend({ address: amqpAddress(url), exchange, resultQueues: "task" });
  const [sender, worker] = [await open(), await open()];
  const id = `task_${exchange}`;
  await sender.write([state(id, "PENDING", undefined)]);
  await worker.write([state(id, "STARTED", undefined)]);
  t.true((await sender.read([id]))[0]?.includes('"STARTED"'));
  await worker.write([state(id, "SUCCESS", undefined)]);
  for (let look = 0; look < 2; look++) t.true((await sender.read([id]))[0]?.includes('"SUCCESS"'));
  await sender.purge([id]);
  t.deepEqual(await sender.read([id]), [null]);
  await Promise.all([sender.close(), worker.close()]);
});

test("in Go's way a group that a worker had when it died is won by another, whatever Go has put there", async (t) => {
  const exchange = namespace(t);
  const group = `group_${exchange}`;
  const open = () => openAmqpBackend({ address: amqpAddress(url), exchange, resultQueues: "task", resultsExpireMs: ttlMs });
  const [dying, living] = [await open(), await open()];
  const connection = await connect(url);
  const raw = await connection.createChannel();
  await raw.assertQueue(group, { durable: false, autoDelete: true, arguments: { "x-message-ttl": ttlMs, "x-expires": ttlMs } });
  const fromGo =
    '{"TaskUUID":"task_1","TaskName":"add","State":"SUCCESS","Results":[],"Error":"","CreatedAt":"0001-01-01T00:00:00Z","TTL":0}';
  // Once more than it should: Go would wait for ever.
  for (let i = 0; i < 2; i++) raw.sendToQueue(group, Buffer.from(fromGo));
  const member = { group, member: "task_0", count: 2, leaseMs: 60_000, ttlMs };
  for (const backend of [dying, living]) await backend.write([state("task_0", "SUCCESS", undefined)]);
  t.deepEqual(await dying.memberDone([member]), ["won"]);
  t.deepEqual(await living.memberDone([member]), ["open"], "another has it");
  await dying.close();
  t.deepEqual(await living.memberDone([member]), ["won"]);
  t.deepEqual(await living.readGroups([group]), [JSON.stringify({ GroupUUID: group, TaskUUIDs: ["task_1", "task_0"] })]);
  t.is((await living.read(["task_1"]))[0], fromGo);
  await living.chordSent([group]);
  raw.on("error", () => {});
  await t.throwsAsync(raw.checkQueue(group), { message: /404/ });
  await living.close();
  await connection.close();
});

ownTest.serial("answers that come while the sender is cut off, or RabbitMQ restarts, are not lost", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const [sender, worker] = [
    await openAmqpBackend({ address: amqpAddress(rabbitmq.url) }),
    await openAmqpBackend({ address: amqpAddress(rabbitmq.url), publishDeadlineMs: 60_000 }),
  ];
  t.teardown(() => Promise.all([sender.close(), worker.close()]));
  const heard = new Set<string>();
  let enough = (): void => {};
  const watch = sender.watch((id) => {
    heard.add(id);
    if (heard.size === 200) enough();
  });
  const all = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const ids = Array.from({ length: 200 }, (_, i) => `task_${i}`);
  watch.add(ids, "ended");
  const restarting = rabbitmq.node.restart("SIGKILL");
  const writing = ids.map((id) => worker.write([state(id, "SUCCESS", watch.topic)]));
  await Promise.all([restarting, ...writing, all]);
  t.is(heard.size, 200);
});

ownTest.serial("a group whose last member's worker dies before the callback is out is won by another", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const [dying, living] = [
    await openAmqpBackend({ address: amqpAddress(rabbitmq.url) }),
    await openAmqpBackend({ address: amqpAddress(rabbitmq.url) }),
  ];
  t.teardown(() => Promise.all([dying.close(), living.close()]));
  const member = (n: number) => ({ group: "group_1", member: `task_${n}`, count: 2, leaseMs: 60_000, ttlMs });
  await dying.openGroup({ id: "group_1", members: ["task_0", "task_1"], json: '{"GroupUUID":"group_1"}', ttlMs });
  await dying.write([state("task_0", "SUCCESS", undefined)]);
  await living.write([state("task_1", "SUCCESS", undefined)]);
  t.deepEqual(await dying.memberDone([member(0)]), ["open"]);
  await rabbitmq.node.restart("SIGKILL");
  t.deepEqual(await retried(() => dying.memberDone([member(1)])), ["won"], "what was announced is kept");
  await dying.close();
  t.deepEqual(await living.memberDone([member(1)]), ["won"]);
  const read = await living.read(["task_0", "task_1"]);
  t.true(read.every((json) => json?.includes('"SUCCESS"')));
  t.deepEqual(await living.readGroups(["group_1"]), ['{"GroupUUID":"group_1"}']);
  await living.chordSent(["group_1"]);
  t.deepEqual(await living.memberDone([member(0)]), ["sent"]);
});
