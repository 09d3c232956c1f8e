import { slotOf } from "../../src/redis/slots.js";
import { namespace } from "../services/namespace.js";
import { type RedisCluster, startRedisCluster } from "../services/redis-cluster.js";
import { ownServers } from "../services/service.js";
import { Ear } from "./ear.js";
import { backendAt, clusterClientAt, goGroup, goState, hourMs, member, state } from "./redis-stage.js";

const test = await ownServers("redis");

test("what belongs to a group is in one slot, whatever braces its id has", async (t) => {
  const cluster = await startRedisCluster(t);
  const backend = await backendAt(t, cluster.url);
  for (const id of ["group_1", "a}b", "q{x}y", "{}z", "{", "a{b"]) {
    await backend.openGroup({ id, members: ["m"], json: goGroup(id, ["m"]), ttlMs: hourMs });
    t.deepEqual(await backend.memberDone([member(id, "m", 1)]), ["won"]);
    t.true(JSON.parse((await backend.readGroups([id]))[0]!).ChordTriggered);
    await backend.chordSent([id]);
    await backend.purge([id]);
    t.deepEqual(await backend.memberDone([member(id, "m", 2)]), ["open"]);
  }
});

test("while slots move, every state arrives, and groups are counted right", async (t) => {
  const cluster = await startRedisCluster(t);
  const backend = await backendAt(t, cluster.url);
  const ids = Array.from({ length: 300 }, (_, i) => `task_${i}`);
  const group = "group_1";
  await backend.openGroup({ id: group, members: ids, json: goGroup(group, ids), ttlMs: hourMs });
  const slots = [...new Set([group, ...ids.slice(0, 6)].map(slotOf))];
  let moving = true;
  const moved = (async () => {
    for (const slot of slots) {
      const owner = cluster.nodes.indexOf(await cluster.ownerOf(slot));
      await cluster.moveSlot(slot, cluster.nodes[(owner + 1) % 3]!);
    }
    moving = false;
  })();
  const answers: string[] = [];
  for (let next = 0, rounds = 0; moving || next < ids.length; rounds++) {
    const some = ids.slice(next, next + 10);
    await untilTaken(() => backend.write(ids.slice(0, 20).map((id) => state(`${id}:${rounds}`, "STARTED"))));
    if (some.length === 0) continue;
    await untilTaken(() => backend.write(some.map((id) => state(id, "SUCCESS"))));
    answers.push(...(await untilTaken(() => backend.memberDone(some.map((id) => member(group, id, ids.length))))));
    next += some.length;
  }
  await moved;
  t.deepEqual(answers.filter((answer) => answer !== "open").length, 1);
  t.true((await backend.read(ids)).every((json, i) => json === state(ids[i]!, "SUCCESS").json));
});

test("what Go's workers store is told, whichever node has it, and wherever it moves", async (t) => {
  const cluster = await startRedisCluster(t);
  const ear = new Ear(await backendAt(t, cluster.url));
  const go = clusterClientAt(t, cluster.url);
  let n = 0;
  await ear.ready(t, (id) => go.set(id, goState(id, "STARTED", `,"TTL":${n++}`), "EX", 60));
  const ids = await idsOnEachNode(cluster, namespace(t));
  for (const id of ids) await go.set(id, goState(id, "PENDING"), "EX", 60);
  for (const [before, name] of [
    ["PENDING", "STARTED"],
    ["STARTED", "SUCCESS"],
  ] as const) {
    // Told of what there is, it has been read, so that the next one can only be heard of.
    ear.heard.length = 0;
    ear.watch.add(ids, "all");
    for (const id of ids) await ear.hears(goState(id, before));
    for (const id of ids) await go.set(id, goState(id, name), "EX", 60);
    for (const id of ids) await ear.hears(goState(id, name));
    const slot = slotOf(ids[0]!);
    const owner = cluster.nodes.indexOf(await cluster.ownerOf(slot));
    await cluster.moveSlot(slot, cluster.nodes[(owner + 1) % 3]!);
  }
  t.pass();
});

/** Some ids for each node of the cluster. */
async function idsOnEachNode(cluster: RedisCluster, name: string): Promise<string[]> {
  const idsOf = new Map(cluster.nodes.map((node) => [node, [] as string[]]));
  for (let i = 0; [...idsOf.values()].some(({ length }) => length < 5); i++) {
    const id = `${name}-${i}`;
    idsOf.get(await cluster.ownerOf(slotOf(id)))!.push(id);
  }
  return [...idsOf.values()].flat();
}

/** What does not get through may be tried again, as the core does. */
async function untilTaken<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!["ERR_BACKEND", "ERR_AMBIGUOUS"].includes((error as { code: string }).code)) throw error;
    }
  }
}
