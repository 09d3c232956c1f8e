import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { ExecutionContext } from "ava";
import type { StateWrite } from "../../src/backends/backend.js";
import { Cache, TooLarge } from "../../src/backends/memcache/cache.js";
import type { Address } from "../../src/backends/memcache/connection.js";
import { openMemcacheBackend } from "../../src/backends/memcache.js";
import { ManualClock, systemClock } from "../../src/util/clock.js";
import { StateRecord } from "../../src/wire/state.js";
import { startMemcached } from "../services/memcached.js";
import { ownServers, service } from "../services/service.js";
import { vector } from "../wire/vectors.js";
import { say, serversOf } from "./memcache-servers.js";

const { test, url } = await service("memcached");
const ownTest = await ownServers("memcached");
const servers = serversOf(url);
const hourMs = 3_600_000;
const options = { username: "", password: "", timeoutMs: 10_000, clock: systemClock };
let ids = 0;
const newId = (): string => `task_memcache-${process.pid}-${ids++}`;

async function open(t: ExecutionContext, at: readonly Address[] = servers) {
  const backend = await openMemcacheBackend({ servers: at, timeoutMs: 10_000 });
  t.teardown(() => backend.close());
  return backend;
}

async function openCache(t: ExecutionContext, at: readonly Address[] = servers, clock = systemClock) {
  const cache = await Cache.open(at, { ...options, clock });
  t.teardown(async () => cache.close());
  return cache;
}

function state(id: string, name: StateWrite["state"], results: string | null = null, createdAt = "2026-01-01T12:00:00Z") {
  return new StateRecord(id, "add", name, results, "", createdAt, hourMs, undefined);
}

test("a state stands under its UUID as plain JSON, where Go's client finds it", async (t) => {
  const backend = await open(t);
  const write = state(newId(), "PENDING");
  await backend.write([write]);
  const answer = await say(servers[0]!, `get ${write.id}`);
  t.is(answer, `VALUE ${write.id} 0 ${write.json.length}\r\n${write.json}\r\nEND`);
});

test("what Go has stored is followed, and keeps its CreatedAt", async (t) => {
  const backend = await open(t);
  const cache = await openCache(t);
  const json = vector("state-pending-add.json");
  const { TaskUUID: id, CreatedAt } = JSON.parse(json);
  await cache.set(id, json, hourMs);
  t.deepEqual(await backend.write([state(id, "SUCCESS", "[]")]), [{ ok: true }]);
  const [read] = await backend.read([id]);
  t.like(JSON.parse(read!), { State: "SUCCESS", CreatedAt });
  const ended = vector("state-final-add.json");
  await cache.set(id, ended, hourMs);
  t.deepEqual(await backend.write([state(id, "STARTED")]), [{ ok: false, stored: ended }]);
});

test("a member that a Go worker ended has ended", async (t) => {
  const backend = await open(t);
  const [group, ours, gos] = [newId(), newId(), newId()];
  const json = JSON.stringify({ GroupUUID: group, TaskUUIDs: [gos, ours], ChordTriggered: false, Lock: false, CreatedAt: "" });
  await backend.openGroup({ id: group, members: [gos, ours], json, ttlMs: hourMs });
  const done = [{ group, member: ours, count: 2, leaseMs: hourMs, ttlMs: hourMs }];
  t.deepEqual(await backend.memberDone(done), ["open"]);
  await backend.write([state(gos, "SUCCESS", "[]")]);
  t.deepEqual(await backend.memberDone(done), ["won"]);
  await backend.chordSent([group]);
  t.like(JSON.parse((await backend.readGroups([group]))[0]!), { GroupUUID: group, ChordTriggered: true });
});

test("a callback that Go has sent is not sent again", async (t) => {
  const backend = await open(t);
  const [group, member] = [newId(), newId()];
  const json = JSON.stringify({ GroupUUID: group, TaskUUIDs: [member], ChordTriggered: true, Lock: false, CreatedAt: "" });
  await backend.openGroup({ id: group, members: [member], json, ttlMs: hourMs });
  t.deepEqual(await backend.memberDone([{ group, member, count: 1, leaseMs: hourMs, ttlMs: hourMs }]), ["sent"]);
});

test("a group whose record was evicted is over, once", async (t) => {
  const backend = await open(t);
  const [group, member, other] = [newId(), newId(), newId()];
  const done = (who: string) => backend.memberDone([{ group, member: who, count: 2, leaseMs: hourMs, ttlMs: hourMs }]);
  t.deepEqual(await done(member), ["won"]);
  t.deepEqual(await done(other), ["sent"]);
  await backend.chordSent([group]);
  t.deepEqual(await done(member), ["sent"]);
});

test("keys that memcached refuses are refused before they reach it, and their neighbours are stored", async (t) => {
  const backend = await open(t);
  const good = newId();
  for (const bad of ["", "k".repeat(251), "é".repeat(126), "a b", "a\nb", "a\u007fb"]) {
    const [outcome, other] = await backend.write([state(bad, "PENDING"), state(good, "STARTED")]);
    t.like(outcome, { ok: false, stored: null });
    t.regex((outcome as { error: Error }).error.message, /is no key for memcached: it has 1 to 250 bytes/);
    t.deepEqual(other, { ok: true });
    t.deepEqual(await backend.read([bad]), [null]);
    await t.throwsAsync(backend.lease(bad, "owner", hourMs), { code: "ERR_BACKEND" });
  }
  const longest = "é".repeat(125);
  t.deepEqual(await backend.write([state(longest, "SUCCESS", "[]")]), [{ ok: true }]);
  t.true((await backend.read([longest]))[0] !== null);
  await backend.purge([longest]);
});

test("members of groups with long names are told apart", async (t) => {
  const backend = await open(t);
  const group = newId().padEnd(200, "g");
  const members = ["a", "b"].map((end) => newId().padEnd(199, "m") + end);
  const json = JSON.stringify({ GroupUUID: group, TaskUUIDs: members, ChordTriggered: false });
  await backend.openGroup({ id: group, members, json, ttlMs: hourMs });
  const done = (member: string) => backend.memberDone([{ group, member, count: 2, leaseMs: hourMs, ttlMs: hourMs }]);
  t.deepEqual([await done(members[0]!), await done(members[0]!), await done(members[1]!)].flat(), ["open", "open", "won"]);
});

test("what is kept for more than thirty days is kept", async (t) => {
  const cache = await openCache(t);
  const dayMs = 24 * hourMs;
  for (const days of [29, 30, 31, 400, 100_000]) {
    const key = newId();
    await cache.set(key, "kept", days * dayMs);
    t.is((await cache.get(key))?.value, "kept", `${days} days`);
    await cache.delete(key);
  }
});

test("how long things are kept does not depend on this machine's clock", async (t) => {
  const cache = await openCache(t, servers, new ManualClock(Date.UTC(2001, 0, 1)));
  const key = newId();
  await cache.set(key, "kept", hourMs);
  t.is((await cache.get(key))?.value, "kept");
});

test("compare-and-swap changes only what was read", async (t) => {
  const cache = await openCache(t);
  const key = newId();
  t.true(await cache.add(key, "one", hourMs));
  t.false(await cache.add(key, "two", hourMs));
  const { cas } = (await cache.get(key))!;
  t.true(await cache.replace(key, "two", hourMs, cas));
  t.false(await cache.replace(key, "three", hourMs, cas));
  t.false(await cache.delete(key, cas));
  t.is((await cache.get(key))?.value, "two");
  t.true(await cache.delete(key, (await cache.get(key))!.cas));
  t.false(await cache.replace(key, "four", hourMs, cas), "it is gone");
  t.false(await cache.delete(key));
});

ownTest("each key is on the server where Go's client looks for it", async (t) => {
  const started = await Promise.all([1, 2, 3].map(() => startMemcached(t)));
  const three = started.flatMap((server) => serversOf(server.url));
  const backend = await open(t, three);
  // What Go's crc32.ChecksumIEEE makes of them.
  const checksums = { "123456789": 0xcbf43926, a: 0xe8b7be43, abc: 0x352441c2 };
  for (const [key, checksum] of Object.entries(checksums)) {
    await backend.write([state(key, "PENDING")]);
    const found = await Promise.all(three.map(async (address) => (await say(address, `get ${key}`)).startsWith("VALUE")));
    t.deepEqual(
      found,
      three.map((_, i) => i === checksum % 3),
      key,
    );
  }
});

ownTest("a result over the server's limit is refused, naming both, and the state before it stays", async (t) => {
  for (const [args, limit] of [
    [[], 1 << 20],
    [["-I", "2m"], 2 << 20],
  ] as const) {
    const server = await startMemcached(t, args);
    const [address] = serversOf(server.url);
    const backend = await open(t, [address!]);
    const id = newId();
    await backend.write([state(id, "STARTED")]);
    const large = state(id, "SUCCESS", `[{"Type":"string","Value":"${"x".repeat(limit)}"}]`);
    const [outcome, other] = await backend.write([large, state(newId(), "SUCCESS", "[]")]);
    const { message } = (outcome as { error: Error }).error;
    t.true(message.startsWith(`[ERR_BACKEND] memcache://127.0.0.1:${address!.port}: `), message);
    t.true(message.includes(`${large.json.length} bytes`) && message.includes(`${limit}`), message);
    t.deepEqual(other, { ok: true });
    t.like(JSON.parse((await backend.read([id]))[0]!), { State: "STARTED" });
    const members = Array.from({ length: limit / 40 }, (_, i) => `task_${i}`.padEnd(40, "x"));
    const json = JSON.stringify({ GroupUUID: newId(), TaskUUIDs: members });
    await t.throwsAsync(backend.openGroup({ id: newId(), members, json, ttlMs: hourMs }), { instanceOf: TooLarge });
  }
});

ownTest("around the limit every value is stored or refused, and never makes the one before it vanish", async (t) => {
  const server = await startMemcached(t);
  const cache = await openCache(t, serversOf(server.url));
  const key = newId();
  for (let bytes = (1 << 20) - 200; bytes <= (1 << 20) + 8; bytes += 8) {
    await cache.set(key, "before", hourMs);
    const { cas } = (await cache.get(key))!;
    const stored = await cache.replace(key, "x".repeat(bytes), hourMs, cas).catch((error) => error);
    const length = (await cache.get(key))?.value.length;
    if (stored === true) t.is(length, bytes);
    else {
      t.true(stored instanceof TooLarge);
      t.is(length, "before".length);
    }
  }
});

ownTest("a server that is started anew is used again, empty", async (t) => {
  const server = await startMemcached(t);
  const backend = await open(t, serversOf(server.url));
  const id = newId();
  await backend.write([state(id, "PENDING")]);
  await server.kill();
  await t.throwsAsync(backend.read([id]), {
    code: "ERR_BACKEND",
    message: new RegExp(`memcache://127\\.0\\.0\\.1:${server.port}: `),
  });
  await server.start();
  t.deepEqual(await backend.read([id]), [null]);
  t.deepEqual(await backend.write([state(id, "PENDING")]), [{ ok: true }]);
});

ownTest("a gate won without hearing of it is still ours, and nobody else's", async (t) => {
  const server = await startMemcached(t);
  const [address] = serversOf(server.url);
  const lossy = await losing(t, address!, 2);
  const backend = await open(t, [lossy]);
  const other = await open(t, [address!]);
  const [group, member, second] = [newId(), newId(), newId()];
  const json = JSON.stringify({ GroupUUID: group, TaskUUIDs: [member, second], ChordTriggered: false });
  await other.openGroup({ id: group, members: [member, second], json, ttlMs: hourMs });
  const done = (who: string) => [{ group, member: who, count: 2, leaseMs: hourMs, ttlMs: hourMs }];
  t.deepEqual(await other.memberDone(done(second)), ["open"]);
  await t.throwsAsync(backend.memberDone(done(member)), { code: "ERR_BACKEND" });
  t.deepEqual(await other.memberDone(done(second)), ["sent"]);
  t.deepEqual(await backend.memberDone(done(member)), ["won"]);
});

/** A way to a memcached that breaks with the answer to the add of that number on it. */
async function losing(t: ExecutionContext, { name, port }: Address, lost: number): Promise<Address> {
  const addOpcode = 2;
  let adds = 0;
  const proxy = createServer((client) => {
    const upstream = connect(port, name);
    let silent = false;
    client.on("data", (data) => {
      if (data[1] === addOpcode && ++adds === lost) silent = true;
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (silent) client.destroy();
      else client.write(data);
    });
    client.on("error", () => {}).on("close", () => upstream.destroy());
    upstream.on("error", () => {});
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.teardown(() => proxy.close());
  return { name: "127.0.0.1", port: (proxy.address() as AddressInfo).port };
}
