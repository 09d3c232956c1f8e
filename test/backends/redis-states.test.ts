import type { StateName } from "../../src/backends/backend.js";
import { namespace } from "../services/namespace.js";
import { FaultProxy } from "../services/proxy.js";
import { startRedis } from "../services/redis.js";
import { ownServers, service } from "../services/service.js";
import { backendAt, clientAt, createdAt, goState, hourMs, state } from "./redis-stage.js";

const { test, url } = await service("redis");
const own = await ownServers("redis");

test("a state is kept as Go keeps it: JSON under the bare id, with an expiry", async (t) => {
  const backend = await backendAt(t, url);
  const redis = clientAt(t, url);
  const id = namespace(t);
  await backend.write([state(id, "PENDING"), state(id, "SUCCESS", { results: '[{"Type":"int64","Value":9007199254740993}]' })]);
  t.is(
    await redis.get(id),
    `{"TaskUUID":"${id}","TaskName":"add","State":"SUCCESS","Results":[{"Type":"int64","Value":9007199254740993}],"Error":"","CreatedAt":"${createdAt}"}`,
  );
  const left = await redis.pttl(id);
  t.true(left > hourMs / 2 && left <= hourMs);
});

for (const [what, more] of [
  ["Go's", ""],
  ["a newer Go's", ',"TTL":1764000000'],
] as const) {
  test(`${what} state binds ours: its CreatedAt stays, its end is the end`, async (t) => {
    const backend = await backendAt(t, url);
    const redis = clientAt(t, url);
    const id = namespace(t);
    await redis.set(id, goState(id, "RECEIVED", more));
    t.deepEqual(await backend.write([state(id, "STARTED")]), [{ ok: true }]);
    t.is(await redis.get(id), goState(id, "STARTED"));
    await redis.set(id, goState(id, "SUCCESS", more));
    t.deepEqual(await backend.write([state(id, "FAILURE", { error: "late" })]), [
      { ok: false, stored: goState(id, "SUCCESS", more) },
    ]);
    t.is(await redis.get(id), goState(id, "SUCCESS", more));
  });
}

test("a state without CreatedAt gets that of the next", async (t) => {
  const backend = await backendAt(t, url);
  const redis = clientAt(t, url);
  const id = namespace(t);
  await redis.set(id, `{"TaskUUID":"${id}","State":"PENDING"}`);
  await backend.write([state(id, "STARTED")]);
  t.is(await redis.get(id), state(id, "STARTED").json);
});

test("a key of another type refuses its own state, and no other", async (t) => {
  const backend = await backendAt(t, url);
  const redis = clientAt(t, url);
  const [list, fine] = [namespace(t), namespace(t)];
  await redis.rpush(list, "x");
  for (const name of ["PENDING", "SUCCESS"] satisfies StateName[]) {
    const [refused, stored] = await backend.write([state(list, name), state(`${fine}${name}`, name)]);
    t.deepEqual(stored, { ok: true });
    t.regex(
      String(refused?.ok === false && refused.stored === null && refused.error),
      /\[ERR_BACKEND\] .*no state.*Use a database/,
    );
  }
  t.deepEqual(await backend.read([list, `${fine}PENDING`]), [null, state(`${fine}PENDING`, "PENDING").json]);
  t.is(await redis.type(list), "list");
  await redis.del(list);
});

test("a state that is too large is refused before it is sent, and no other", async (t) => {
  const backend = await backendAt(t, url);
  const [large, fine] = [namespace(t), namespace(t)];
  const results = `[{"Type":"string","Value":"${"x".repeat(64 * 1024 * 1024)}"}]`;
  const [refused, stored] = await backend.write([state(large, "SUCCESS", { results }), state(fine, "SUCCESS")]);
  t.deepEqual(stored, { ok: true });
  t.regex(String(refused?.ok === false && refused.stored === null && refused.error), /\[ERR_BACKEND\] the state has more than/);
  t.deepEqual(await backend.read([large]), [null]);
});

test("a batch larger than one call takes is stored whole", async (t) => {
  const backend = await backendAt(t, url);
  const id = namespace(t);
  const results = `[{"Type":"string","Value":"${"x".repeat(3 * 1024 * 1024)}"}]`;
  const large = [0, 1, 2, 3, 4].map((i) => state(`${id}-${i}`, "SUCCESS", { results }));
  const many = Array.from({ length: 2_500 }, (_, i) => state(`${id}-n${i}`, "STARTED"));
  const writes = [...large, ...many];
  t.true((await backend.write(writes)).every(({ ok }) => ok));
  const read = await backend.read(writes.map((write) => write.id));
  t.true(read.every((json, i) => json === writes[i]!.json));
  await backend.purge(writes.map((write) => write.id));
});

test("states of one batch that end at different times, and announce themselves to different senders", async (t) => {
  const backend = await backendAt(t, url);
  const redis = clientAt(t, url);
  const id = namespace(t);
  const writes = Array.from({ length: 20 }, (_, i) =>
    state(`${id}-${i}`, i % 2 ? "SUCCESS" : "STARTED", {
      ttlMs: (1 + (i % 3)) * hourMs,
      createdAt: i % 5 ? createdAt : "2026-01-01",
    }),
  );
  t.true((await backend.write(writes)).every(({ ok }) => ok));
  for (const [i, write] of writes.entries()) {
    t.is(await redis.get(write.id), write.json);
    t.is(Math.ceil((await redis.pttl(write.id)) / hourMs), 1 + (i % 3));
  }
});

own("a full Redis takes no new tasks, and those that it has can be ended", async (t) => {
  const server = await startRedis(t, { maxmemory: "4mb" });
  const backend = await backendAt(t, server.url);
  const redis = clientAt(t, server.url);
  await backend.write([state("before", "PENDING")]);
  const fill = async (bytes: number): Promise<void> => {
    for (let i = 0; ; i++) await redis.set(`fill:${bytes}:${i}`, "x".repeat(bytes));
  };
  for (const bytes of [10_000, 100, 1]) await t.throwsAsync(fill(bytes), { message: /OOM/ });
  await t.throwsAsync(backend.write([state("after", "PENDING")]), {
    code: "ERR_BACKEND",
    message: /refused: OOM.*let workers drain the queues/,
  });
  const ended = [state("before", "STARTED"), state("before", "SUCCESS"), state("other", "FAILURE", { error: "no" })];
  t.deepEqual(await backend.write(ended), [{ ok: true }, { ok: true }, { ok: true }]);
  t.deepEqual(await backend.memberDone([{ group: "g", member: "m", count: 1, leaseMs: 1_000, ttlMs: hourMs }]), ["won"]);
  await backend.chordSent(["g"]);
  t.true(await backend.lease("before:p:run", "me", 1_000));
});

own("states outlive a restart, which forgets the scripts", async (t) => {
  const server = await startRedis(t, { appendonly: "yes", appendfsync: "always" });
  const backend = await backendAt(t, server.url);
  await backend.write([state("a", "STARTED")]);
  await server.restart("SIGKILL");
  t.deepEqual(await backend.write([state("a", "SUCCESS"), state("b", "PENDING")]), [{ ok: true }, { ok: true }]);
  t.deepEqual(await backend.read(["a", "b"]), [state("a", "SUCCESS").json, state("b", "PENDING").json]);
});

own("a Redis that keeps silent rejects within its time, and may be asked again", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const backend = await backendAt(t, proxy.url, { redis: { readTimeout: 1 } });
  await backend.write([state("a", "STARTED")]);
  proxy.blackHole();
  const writing = backend.write([state("a", "SUCCESS")]);
  const asking = backend.memberDone([{ group: "g", member: "m", count: 1, leaseMs: 1_000, ttlMs: hourMs }]);
  const reading = backend.read(["a"]);
  for (const call of [writing, asking, reading]) await t.throwsAsync(call, { code: "ERR_AMBIGUOUS" });
  await proxy.pass();
  const [outcome] = await backend.write([state("a", "SUCCESS")]);
  t.deepEqual(await backend.read(["a"]), [state("a", "SUCCESS").json]);
  t.true(outcome!.ok || outcome!.stored === state("a", "SUCCESS").json);
});

own("a server that has become a replica is told with what to do", async (t) => {
  const [server, master] = await Promise.all([startRedis(t), startRedis(t)]);
  const backend = await backendAt(t, server.url);
  const redis = clientAt(t, server.url);
  await backend.write([state("a", "STARTED")]);
  await redis.call("REPLICAOF", "127.0.0.1", master.port);
  await t.throwsAsync(backend.write([state("a", "SUCCESS")]), { code: "ERR_BACKEND", message: /READONLY.*Name the master/ });
});
