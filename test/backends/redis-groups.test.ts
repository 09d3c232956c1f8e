import { readFile } from "node:fs/promises";
import type { Redis } from "ioredis";
import type { Backend } from "../../src/backends/backend.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { sharedCluster } from "../redis/shared-cluster.js";
import { namespace } from "../services/namespace.js";
import { startRedis } from "../services/redis.js";
import { ownServers, service } from "../services/service.js";
import { backendAt, clientAt, goGroup, hourMs, member, state } from "./redis-stage.js";

const { test, url } = await service("redis");
const own = await ownServers("redis");
const cluster = await sharedCluster();
const goLock = "TriggerChordMutex";

/** A group of which `byGo` members have ended with Go's workers, and `byUs` with ours, all but the last told to the gate. */
async function nearlyDone(backend: Backend, group: string, byGo: number, byUs: number): Promise<string[]> {
  const members = Array.from({ length: byGo + byUs }, (_, i) => `${group}-m${i}`);
  await backend.openGroup({ id: group, members, json: goGroup(group, members), ttlMs: hourMs });
  await backend.write(members.slice(0, byGo).map((id) => state(id, "PENDING")));
  for (const id of members.slice(byGo, -1)) await end(backend, group, id, members.length);
  return members;
}

/** Ends a member as our workers do: its state, then the gate. */
async function end(backend: Backend, group: string, id: string, count: number) {
  await backend.write([state(id, "SUCCESS")]);
  const [answer] = await backend.memberDone([member(group, id, count)]);
  return answer;
}

for (const where of ["redis", "cluster"] as const) {
  const declare = where === "redis" ? test : cluster.test;
  const at = where === "redis" ? url : cluster.url;

  declare(`${where}: who sends a chord's callback marks it in Go's record, and leaves the rest as it was`, async (t) => {
    const backend = await backendAt(t, at);
    const before = await readFile("test/vectors/go-machinery-v1.4.5/group-meta.json", "utf8");
    const [untouched, ours] = [namespace(t), namespace(t)];
    const rename = (json: string, id: string): string => json.replace(/"GroupUUID":"[^"]*"/, `"GroupUUID":"${id}"`);
    for (const id of [untouched, ours]) await backend.openGroup({ id, members: [], json: rename(before, id), ttlMs: hourMs });
    t.deepEqual(await backend.memberDone([member(ours, "a", 2), member(untouched, "a", 2), member(ours, "b", 2)]), [
      "open",
      "open",
      "won",
    ]);
    const [stillOpen, sent] = await backend.readGroups([untouched, ours]);
    t.is(stillOpen, rename(before, untouched));
    t.is(sent, rename(before, ours).replace('"ChordTriggered":false', '"ChordTriggered":true'));
  });

  declare(`${where}: a chord that Go's worker has triggered is not triggered again`, async (t) => {
    const backend = await backendAt(t, at);
    const group = namespace(t);
    const json = goGroup(group, ["a", "b"]).replace('"ChordTriggered":false', '"ChordTriggered":true');
    await backend.openGroup({ id: group, members: ["a", "b"], json, ttlMs: hourMs });
    t.deepEqual(await backend.memberDone([member(group, "a", 2), member(group, "b", 2)]), ["open", "sent"]);
    t.deepEqual(await backend.memberDone([member(group, "a", 2)]), ["sent"]);
  });

  declare(`${where}: members that ended with Go's workers count`, async (t) => {
    const backend = await backendAt(t, at);
    const group = namespace(t);
    const members = await nearlyDone(backend, group, 3, 2);
    const last = members.at(-1)!;
    t.is(await end(backend, group, last, 5), "open");
    // Go's workers only store what they have done.
    await backend.write([state(members[0]!, "SUCCESS"), state(members[2]!, "FAILURE", { error: "no" })]);
    t.deepEqual(await backend.memberDone([member(group, last, 5)]), ["open"]);
    await backend.write([state(members[1]!, "SUCCESS")]);
    t.deepEqual(await backend.memberDone([member(group, last, 5)]), ["won"]);
    await backend.chordSent([group]);
    t.deepEqual(await backend.memberDone([member(group, last, 5), member(group, members[3]!, 5)]), ["sent", "sent"]);
  });

  declare(`${where}: without workers of Go's only the gate counts, and Go's record stays as it is`, async (t) => {
    const backend = await backendAt(t, at, { mixedFleet: false });
    const group = namespace(t);
    const members = await nearlyDone(backend, group, 1, 1);
    await backend.write([state(members[0]!, "SUCCESS")]);
    t.is(await end(backend, group, members[1]!, 2), "open");
    t.deepEqual(await backend.memberDone([member(group, members[0]!, 2)]), ["won"]);
    t.deepEqual(await backend.readGroups([group]), [goGroup(group, members)]);
  });
}

own("while a worker of Go's decides about a chord ours waits, and then sees what it has decided", async (t) => {
  const server = await startRedis(t);
  const backend = await backendAt(t, server.url);
  const redis = clientAt(t, server.url);
  for (const goTriggers of [true, false]) {
    const group = `group_${goTriggers}`;
    await backend.openGroup({ id: group, members: ["a"], json: goGroup(group, ["a"]), ttlMs: hourMs });
    await redis.set(goLock, "go", "PX", 60_000);
    const answer = backend.memberDone([member(group, "a", 1)]);
    const before = await scriptCalls(redis);
    while ((await scriptCalls(redis)) < before + 2) await delay(systemClock, 5, undefined, true);
    if (goTriggers) await redis.set(group, goGroup(group, ["a"]).replace('"ChordTriggered":false', '"ChordTriggered":true'));
    await redis.del(goLock);
    t.deepEqual(await answer, [goTriggers ? "sent" : "won"]);
  }
});

async function scriptCalls(redis: Redis): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1] ?? 0);
}

cluster.test.serial("in a cluster ours takes Go's lock, and leaves it", async (t) => {
  const backend = await backendAt(t, cluster.url);
  const group = namespace(t);
  await backend.openGroup({ id: group, members: ["a"], json: goGroup(group, ["a"]), ttlMs: hourMs });
  t.true(await backend.lease(goLock, "go", 60_000));
  const answer = backend.memberDone([member(group, "a", 1)]);
  const early = await Promise.race([answer, delay(systemClock, 200, undefined, true)]);
  t.is(early, undefined);
  t.true(await backend.lease(goLock, "go", 0));
  t.deepEqual(await answer, ["won"]);
  t.true(await backend.lease(goLock, "go", 1), "nobody holds it any more");
});
