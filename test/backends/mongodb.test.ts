import { createServer } from "node:net";
import type { ExecutionContext } from "ava";
import { Long, MongoClient } from "mongodb";
import type { Backend, StateWrite } from "../../src/backends/backend.js";
import { type MongodbBackendOptions, openMongodbBackend } from "../../src/backends/mongodb.js";
import { resolveConfig } from "../../src/config/config.js";
import { mongodbOptions } from "../../src/config/mongodb.js";
import { parseServiceUrl } from "../../src/config/url.js";
import { ManualClock } from "../../src/util/clock.js";
import { StateRecord } from "../../src/wire/state.js";
import { startMongodb } from "../services/mongodb.js";
import { namespace } from "../services/namespace.js";
import { FaultProxy } from "../services/proxy.js";
import { ownServers, service } from "../services/service.js";

const { test, url } = await service("mongodb");
const ownTest = await ownServers("mongodb");
const hourMs = 3_600_000;
const sentAt = "2026-01-01T12:00:00.123Z";

/** A database of the test's own, as the backend and as any other client sees it. */
async function open(t: ExecutionContext, options: Partial<MongodbBackendOptions> = {}) {
  const database = namespace(t);
  const backend = await openMongodbBackend({ url, database, ...options });
  const client = new MongoClient(url);
  t.teardown(async () => {
    await backend.close();
    await client.db(database).dropDatabase();
    await client.close();
  });
  const db = client.db(database);
  return { backend, db, tasks: db.collection<{ _id: string }>("tasks"), groups: db.collection<{ _id: string }>("group_metas") };
}

function state(id: string, name: StateWrite["state"], results: string | null = null, ttlMs = hourMs) {
  return new StateRecord(id, "add", name, results, "", sentAt, ttlMs, undefined);
}

const read = async (backend: Backend, id: string) => JSON.parse((await backend.read([id]))[0] ?? "null");
const optionsOf = async (text: string) =>
  mongodbOptions(parseServiceUrl(text, "result backend"), await resolveConfig({}, { env: {} }));

test("a state is the document that Go's workers read", async (t) => {
  const { backend, tasks } = await open(t);
  await backend.write([state("task_1", "PENDING")]);
  await backend.write([state("task_1", "SUCCESS", '[{"Type":"int64","Value":9007199254740993}]')]);
  const { p_write, delete_at, ...document } = (await tasks.findOne({ _id: "task_1" }, { promoteLongs: false })) as never as Record<
    string,
    unknown
  >;
  t.deepEqual(document, {
    _id: "task_1",
    task_name: "add",
    state: "SUCCESS",
    results: [{ type: "int64", value: Long.fromString("9007199254740993") }],
    error: "",
    created_at: new Date(sentAt),
  });
  t.true(delete_at instanceof Date);
});

test("a group is the document that Go's workers read", async (t) => {
  const { backend, groups } = await open(t);
  const json = JSON.stringify({
    GroupUUID: "group_1",
    TaskUUIDs: ["b", "a"],
    ChordTriggered: false,
    Lock: false,
    CreatedAt: sentAt,
  });
  await backend.openGroup({ id: "group_1", members: ["b", "a"], json, ttlMs: hourMs });
  const { delete_at, ...document } = (await groups.findOne({ _id: "group_1" })) as never as Record<string, unknown>;
  t.deepEqual(document, {
    _id: "group_1",
    task_uuids: ["b", "a"],
    lock: false,
    created_at: new Date(sentAt),
    chord_triggered: false,
  });
  t.is((await backend.readGroups(["group_1"]))[0], json);
  const done = (member: string) => ({ group: "group_1", member, count: 2, leaseMs: hourMs, ttlMs: hourMs });
  t.deepEqual(await backend.memberDone([done("a"), done("b")]), ["open", "won"]);
  t.like(await groups.findOne({ _id: "group_1" }), { chord_triggered: true });
});

test("what Go's workers have stored is read, followed and kept", async (t) => {
  const { backend, tasks, groups } = await open(t);
  await tasks.insertMany([
    { _id: "pending", task_name: "add", state: "PENDING", created_at: new Date(sentAt) } as never,
    { _id: "ended", task_name: "add", state: "FAILURE", error: "no", created_at: new Date(sentAt) } as never,
  ]);
  t.deepEqual(await read(backend, "pending"), {
    TaskUUID: "pending",
    TaskName: "add",
    State: "PENDING",
    Results: null,
    Error: "",
    CreatedAt: sentAt,
  });
  const later = new StateRecord("pending", "add", "SUCCESS", "[]", "", "2026-02-02T00:00:00Z", hourMs, undefined);
  const outcomes = await backend.write([later, state("ended", "STARTED")]);
  t.deepEqual(
    outcomes.map(({ ok }) => ok),
    [true, false],
  );
  t.like(await read(backend, "pending"), { State: "SUCCESS", Results: [], CreatedAt: sentAt });
  t.like(await read(backend, "ended"), { State: "FAILURE", Error: "no" });
  await groups.insertOne({
    _id: "group_go",
    task_uuids: ["a"],
    chord_triggered: true,
    lock: false,
    created_at: new Date(),
  } as never);
  t.deepEqual(await backend.memberDone([{ group: "group_go", member: "a", count: 1, leaseMs: hourMs, ttlMs: hourMs }]), ["sent"]);
});

test("results are handed on in the group's order, whatever the server's", async (t) => {
  const { backend } = await open(t);
  const ids = ["task_c", "task_a", "task_b"];
  for (const id of [...ids].sort()) await backend.write([state(id, "SUCCESS", "[]")]);
  t.deepEqual(
    (await backend.read(ids)).map((json) => JSON.parse(json!).TaskUUID),
    ids,
  );
});

test("what is over is deleted, by the server or in its place", async (t) => {
  const clock = new ManualClock(Date.now());
  const { backend, db, tasks } = await open(t, { clock });
  await backend.write([state("short", "SUCCESS", "[]", 1_000), state("long", "SUCCESS", "[]")]);
  if (backend.capabilities.atomicGate) {
    for (const name of ["tasks", "group_metas", "p_members", "p_leases"]) {
      t.truthy(
        (await db.collection(name).listIndexes().toArray()).find(
          ({ key, expireAfterSeconds }) => key.delete_at && expireAfterSeconds === 0,
        ),
      );
    }
    return;
  }
  await clock.advance(59_999);
  await backend.write([state("other", "PENDING")]);
  t.is(await tasks.countDocuments({ _id: "short" }), 1, "once a minute is enough");
  await clock.advance(1);
  await backend.write([state("another", "PENDING")]);
  await backend.close();
  t.is(await tasks.countDocuments({ _id: "short" }), 0);
  t.is(await tasks.countDocuments({ _id: "long" }), 1);
});

test("a state that no document can hold is refused, with the limit, and its neighbour is stored", async (t) => {
  const { backend } = await open(t);
  const large = `[{"Type":"string","Value":"${"x".repeat(1 << 24)}"}]`;
  const many = `[{"Type":"[]int8","Value":[${"1,".repeat((1 << 21) - 1)}1]}]`;
  const outcomes = await backend.write([
    state("large", "SUCCESS", large),
    state("many", "SUCCESS", many),
    state("small", "SUCCESS", "[]"),
  ]);
  for (const outcome of outcomes.slice(0, 2)) {
    t.like(outcome, { ok: false, stored: null });
    t.regex(
      (outcome as { error: Error }).error.message,
      /^\[ERR_BACKEND\] mongodb:\/\/.*takes \d{8} bytes, and a document at most 16777216\./,
    );
  }
  t.deepEqual(outcomes[2], { ok: true });
});

test("the database is the URL's, else the setting's", async (t) => {
  t.like(await optionsOf("mongodb://u:p%40ss@a:1,b/results?replicaSet=rs0&tls=true"), {
    url: "mongodb://a:1,b:27017/results?replicaSet=rs0&tls=true",
    username: "u",
    password: "p@ss",
    database: "results",
    client: {},
  });
  t.like(await optionsOf("mongodb://h"), { url: "mongodb://h:27017/", database: "machinery" });
  t.like(await optionsOf("mongodb+srv://u:p@cluster.example/x"), { url: "mongodb+srv://cluster.example/x", database: "x" });
  const config = await resolveConfig({ mongodb: { database: "mine" }, insecureTls: true }, { env: {} });
  t.like(mongodbOptions(parseServiceUrl("mongodb://[::1]:7/", "b"), config), {
    url: "mongodb://[::1]:7/",
    database: "mine",
    client: { tlsAllowInvalidCertificates: true },
  });
});

test("an option that the driver does not know is named", async (t) => {
  const error = await t.throwsAsync(
    openMongodbBackend({ url: `${url}?nonsense=1`, password: "s3cret", username: "u", database: "x" }),
    {
      code: "ERR_URL_OPTION",
    },
  );
  t.regex(error.message, /nonsense/);
  t.false(error.message.includes("s3cret"));
});

test("a server that is not there, or not in that replica set, is named", async (t) => {
  const closed = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => closed.once("listening", resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const gone = `mongodb://127.0.0.1:${port}/?serverSelectionTimeoutMS=300`;
  await t.throwsAsync(openMongodbBackend({ url: gone, database: "x" }), {
    code: "ERR_BACKEND",
    message: new RegExp(`^\\[ERR_BACKEND\\] mongodb://127\\.0\\.0\\.1:${port}/x: .*ECONNREFUSED.*Is MongoDB running there\\?$`),
  });
  const wrong = `${url}?replicaSet=rs-of-nobody&serverSelectionTimeoutMS=300`;
  await t.throwsAsync(openMongodbBackend({ url: wrong, database: "x" }), {
    code: "ERR_BACKEND",
    message: /of no replica set|The URL asks for the replica set rs-of-nobody/,
  });
});

test("a login that is not right is said to be wrong, and not shown", async (t) => {
  const error = await t.throwsAsync(openMongodbBackend({ url, username: "nobody", password: "s3cret", database: "x" }), {
    code: "ERR_BACKEND",
    message: /Check user name, password and authSource in its URL\.$/,
  });
  t.false(`${error.message} ${error.stack}`.includes("s3cret"));
});

ownTest("a server that goes away fails what is asked, and is used again when it is back", async (t) => {
  const server = await startMongodb(t);
  const backend = await openMongodbBackend({ url: `${server.url}?serverSelectionTimeoutMS=300`, database: "machinery" });
  t.teardown(() => backend.close());
  await backend.write([state("task_1", "STARTED")]);
  await server.kill();
  await t.throwsAsync(backend.read(["task_1"]), { code: "ERR_BACKEND" });
  await t.throwsAsync(backend.write([state("task_1", "SUCCESS", "[]")]), { code: "ERR_BACKEND" });
  await server.start();
  // The driver looks for the server every half second.
  for (let found: unknown = null; found === null; ) found = await read(backend, "task_1").catch(() => null);
  t.deepEqual(await backend.write([state("task_1", "SUCCESS", "[]")]), [{ ok: true }]);
});

test("connections that all end at once, in the middle of work, are replaced", async (t) => {
  const proxy = await FaultProxy.start(t, url);
  const waits = "serverSelectionTimeoutMS=1000&connectTimeoutMS=500";
  // As MongoDB before 4.4 and FerretDB 1 are looked at: the driver asks, and is not told.
  const { backend } = await open(t, { url: `${proxy.url}?${waits}&serverMonitoringMode=poll` });
  for (let cut = 0; cut < 3; cut++) {
    const writers = Array.from({ length: 30 }, async (_, i) => {
      const stored = state(`task_${cut}_${i}`, "SUCCESS", "[]");
      for (let rest = 5; rest > 0; ) {
        const outcomes = await backend.write([stored]).catch(() => undefined);
        if (outcomes !== undefined) rest--;
      }
    });
    await backend.read(["task_of_nobody"]);
    proxy.cut("FIN");
    await Promise.all(writers);
  }
  t.true(proxy.accepted > 20);
});

test("how a task has ended stays, whatever a late writer makes of its document", async (t) => {
  const { backend, tasks } = await open(t);
  // MongoDB updates in one step: there no writer comes late.
  if (backend.capabilities.atomicGate) return t.pass();
  const members = ["task_1", "task_2"];
  const json = `{"GroupUUID":"group_1","TaskUUIDs":["task_1","task_2"],"ChordTriggered":false,"Lock":false,"CreatedAt":"${sentAt}"}`;
  await backend.openGroup({ id: "group_1", members, json, ttlMs: hourMs });
  await backend.write(members.map((id) => state(id, "STARTED")));
  const started = await tasks.findOne({ _id: "task_1" });
  const undo = () => tasks.replaceOne({ _id: "task_1" }, started!);
  await backend.write(members.map((id) => state(id, "SUCCESS", "[]")));
  await undo();
  t.like(await read(backend, "task_1"), { State: "SUCCESS" });
  t.like(await tasks.findOne({ _id: "task_1" }), { state: "SUCCESS", created_at: new Date(sentAt) }, "Go reads it there");
  for (const late of [state("task_1", "STARTED"), state("task_1", "FAILURE"), state("task_1", "PENDING")]) {
    await undo();
    const [outcome] = await backend.write([late]);
    t.like(JSON.parse((outcome as { stored: string }).stored), { State: "SUCCESS" });
  }
  await undo();
  const done = { group: "group_1", member: "task_2", count: 2, leaseMs: hourMs, ttlMs: hourMs };
  t.deepEqual(await backend.memberDone([done]), ["won"], "Go has ended task_1, for all that is noted of its members");
  await backend.purge(["task_1"]);
  await backend.write([state("task_1", "PENDING")]);
  t.like(await read(backend, "task_1"), { State: "PENDING" });
});

test("of two ends that are stored at the same time, one is refused, and told of the other", async (t) => {
  const { backend } = await open(t);
  const ids = Array.from({ length: 50 }, (_, i) => `task_${i}`);
  await backend.write(ids.map((id) => state(id, "STARTED")));
  const [first, second] = await Promise.all([
    backend.write(ids.map((id) => state(id, "SUCCESS", "[]"))),
    backend.write(ids.map((id) => state(id, "FAILURE"))),
  ]);
  const stored = (await backend.read(ids)).map((json) => JSON.parse(json!).State);
  for (const [i, state] of stored.entries()) {
    t.is(first[i]!.ok, state === "SUCCESS");
    t.is(second[i]!.ok, state === "FAILURE");
    const loser = [first[i]!, second[i]!].find(({ ok }) => !ok) as { stored: string };
    t.is(JSON.parse(loser.stored).State, state);
  }
});

test("an end that is over does not count", async (t) => {
  const clock = new ManualClock(Date.now());
  const { backend } = await open(t, { clock });
  await backend.write([state("task_1", "SUCCESS", "[]", 1_000)]);
  await clock.advance(1_001);
  t.is(await read(backend, "task_1"), null);
  t.deepEqual(await backend.write([state("task_1", "PENDING")]), [{ ok: true }]);
  t.deepEqual(await backend.write([state("task_1", "FAILURE")]), [{ ok: true }]);
  t.like(await read(backend, "task_1"), { State: "FAILURE" });
});
