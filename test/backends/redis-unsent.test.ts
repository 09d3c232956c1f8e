import type { Backend, GroupMember, UnsentChord } from "../../src/backends/backend.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { sharedCluster } from "../redis/shared-cluster.js";
import { namespace } from "../services/namespace.js";
import { startRedis } from "../services/redis.js";
import { ownServers, service } from "../services/service.js";
import { backendAt, clientAt, goGroup, hourMs, member } from "./redis-stage.js";

const { test, url } = await service("redis");
const own = await ownServers("redis");
const cluster = await sharedCluster();
/** Short, for what is to run out. */
const leaseMs = 40;
const callback = '{"Name":"add"}';

/** A group of two of which both members have ended: the second has won. */
async function win(backend: Backend, group: string, leaseMs: number): Promise<readonly [GroupMember, GroupMember]> {
  await backend.openGroup({ id: group, members: ["a", "b"], json: goGroup(group, ["a", "b"]), ttlMs: hourMs });
  const [a, b] = ["a", "b"].map((id) => ({ ...member(group, id, 2), leaseMs, callback })) as [GroupMember, GroupMember];
  const answers = await backend.memberDone([a, b]);
  if (answers.join() !== "open,won") throw new Error(`answered ${answers}`);
  return [a, b];
}

/** What there is to take, as soon as there is anything. */
async function take(backend: Backend, takersMs: number): Promise<UnsentChord[]> {
  for (;;) {
    const taken = await backend.unsent!.take(takersMs);
    if (taken.length > 0) return taken;
    await delay(systemClock, 5, undefined, true);
  }
}

for (const [where, declare, at] of [
  ["redis", test, url],
  ["cluster", cluster.test, cluster.url],
] as const) {
  declare(
    `${where}: a callback whose sender is not heard of again is another's to send, one at a time, until it is sent`,
    async (t) => {
      const fleet = namespace(t);
      const backend = await backendAt(t, at, { fleet });
      const group = namespace(t);
      const [, b] = await win(backend, group, leaseMs);
      t.deepEqual(await take(backend, leaseMs), [{ group, callback }]);
      // That one is not heard of either.
      t.deepEqual(await take(backend, hourMs), [{ group, callback }]);
      t.deepEqual(await backend.unsent!.take(hourMs), []);
      t.deepEqual(await backend.memberDone([b]), ["sent"], "the winner, which comes again too late");
      await backend.chordSent([group]);
      t.deepEqual(await backend.memberDone([b]), ["sent"]);
    },
  );

  declare(`${where}: one that is sent, or whose sender still has time, is nobody else's`, async (t) => {
    const fleet = namespace(t);
    const backend = await backendAt(t, at, { fleet });
    const [sent, busy, lost] = [namespace(t), namespace(t), namespace(t)];
    await win(backend, sent, leaseMs);
    await backend.chordSent([sent]);
    await win(backend, busy, hourMs);
    await win(backend, lost, leaseMs);
    t.deepEqual(await take(backend, hourMs), [{ group: lost, callback }]);
    t.deepEqual(await (await backendAt(t, at, { fleet: namespace(t) })).unsent!.take(hourMs), [], "another fleet");
  });

  declare(`${where}: one that cannot be sent yet comes again, and a member may win it meanwhile`, async (t) => {
    const backend = await backendAt(t, at, { fleet: namespace(t) });
    const [putOff, won] = [namespace(t), namespace(t)];
    await win(backend, putOff, hourMs);
    const [a] = await win(backend, won, hourMs);
    await backend.unsent!.putOff([putOff, won], leaseMs);
    t.deepEqual(await backend.memberDone([a]), ["won"]);
    t.deepEqual(await take(backend, hourMs), [{ group: putOff, callback }]);
    t.deepEqual(await backend.unsent!.take(hourMs), []);
  });

  declare(`${where}: without workers of Go's nothing is kept of it`, async (t) => {
    t.is((await backendAt(t, at, { mixedFleet: false })).unsent, undefined);
  });
}

own("nothing of a chord stays for ever, and nothing of its callback once that is sent", async (t) => {
  const server = await startRedis(t);
  const [backend, redis] = [await backendAt(t, server.url), clientAt(t, server.url)];
  const gates = ["{one}:p:chord", "{two}:p:chord"];
  await win(backend, "one", leaseMs);
  await win(backend, "two", leaseMs);
  await backend.chordSent(["one"]);
  t.deepEqual(await Promise.all(gates.map((gate) => redis.hget(gate, "cb"))), [null, callback]);
  const keys = await redis.keys("*");
  t.is(keys.filter((key) => key.includes(":p:unsent:")).length, 1);
  for (const key of keys) t.true((await redis.pttl(key)) > 0, key);
  // What is gone is not looked for any more.
  await backend.purge(["two"]);
  while ((await redis.keys("*:p:unsent:*")).length > 0) {
    t.deepEqual(await backend.unsent!.take(leaseMs), []);
    await delay(systemClock, 5, undefined, true);
  }
});
