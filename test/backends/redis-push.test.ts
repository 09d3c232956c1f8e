import { delay, systemClock } from "../../src/util/clock.js";
import { namespace } from "../services/namespace.js";
import { FaultProxy } from "../services/proxy.js";
import { startRedis } from "../services/redis.js";
import { ownServers, service } from "../services/service.js";
import { Ear } from "./ear.js";
import { backendAt, clientAt, goState, state } from "./redis-stage.js";

const { test, url } = await service("redis");
const own = await ownServers("redis");

test("each state that a worker of Go's stores is told", async (t) => {
  const ear = new Ear(await backendAt(t, url));
  const go = clientAt(t, url);
  let n = 0;
  await ear.ready(t, (id) => go.set(id, goState(id, "STARTED", `,"TTL":${n++}`), "EX", 60));
  const id = namespace(t);
  ear.watch.add([id], "all");
  for (const name of ["PENDING", "RECEIVED", "STARTED", "SUCCESS"] as const) {
    await go.set(id, goState(id, name), "EX", 60);
    await ear.hears(goState(id, name));
  }
  t.is(ear.heard.length, 4);
});

test("where workers of this library announce their states, Go's are told as well", async (t) => {
  const backend = await backendAt(t, url);
  const ear = new Ear(backend);
  const go = clientAt(t, url);
  await ear.ready(t, (id) => backend.write([state(id, "STARTED", ear.notify)]));
  const [theirs, ours] = [namespace(t), namespace(t)];
  ear.watch.add([theirs, ours], "ended");
  await backend.write([state(ours, "SUCCESS", ear.notify)]);
  await ear.hears(state(ours, "SUCCESS").json);
  for (const name of ["RECEIVED", "SUCCESS"] as const) await go.set(theirs, goState(theirs, name), "EX", 60);
  await ear.hears(goState(theirs, "SUCCESS"));
  t.is(ear.heard.length, 2);
});

test("a long result is told, too", async (t) => {
  const backend = await backendAt(t, url);
  const ear = new Ear(backend);
  await ear.ready(t, (id) => backend.write([state(id, "STARTED", ear.notify)]));
  const id = namespace(t);
  ear.watch.add([id], "ended");
  const results = `[{"Type":"string","Value":"${"é".repeat(100_000)}"}]`;
  await backend.write([state(id, "SUCCESS", { ...ear.notify, results })]);
  await ear.hears(state(id, "SUCCESS", { results }).json);
  t.is(ear.heard.length, 1);
});

test("a message cannot have workers speak on other channels than those of senders", async (t) => {
  const backend = await backendAt(t, url);
  const [speaker, listener] = [clientAt(t, url), clientAt(t, url)];
  const ear = new Ear(backend);
  const channels = [namespace(t), "__redis__:invalidate", `${ear.watch.topic}:all:x`, `x${ear.watch.topic}`];
  const heard: string[] = [];
  listener.on("message", (channel, message) => heard.push(`${channel} ${message}`));
  await listener.subscribe(...channels);
  const writes = channels.map((notify, i) => state(`${channels[0]}-${i}`, "SUCCESS", { notify }));
  t.true((await backend.write(writes)).every(({ ok }) => ok));
  await speaker.publish(channels[0]!, "end");
  while (heard.length === 0) await delay(systemClock, 5, undefined, true);
  t.deepEqual(heard, [`${channels[0]} end`]);
});

test("a right that is missing costs no state", async (t) => {
  const admin = clientAt(t, url);
  const user = namespace(t).slice(-20);
  // No channels, and no CLIENT TRACKING.
  await admin.call("ACL", "SETUSER", user, "on", ">secret", "~*", "resetchannels", "+@all", "-client|tracking", "-client|caching");
  t.teardown(() => admin.call("ACL", "DELUSER", user));
  const restricted = await backendAt(t, url.replace("redis://", `redis://${user}:secret@`));
  const ear = new Ear(restricted);
  const [before, after] = [namespace(t), namespace(t)];
  await restricted.write([state(before, "SUCCESS", ear.notify)]);
  ear.watch.add([before], "ended");
  await ear.hears(state(before, "SUCCESS").json);
  t.deepEqual(await restricted.write([state(after, "SUCCESS", ear.notify)]), [{ ok: true }]);
  t.deepEqual(await restricted.read([after]), [state(after, "SUCCESS").json]);
});

own("after a broken connection states are told again, those of the meantime included", async (t) => {
  const server = await startRedis(t);
  const proxy = await FaultProxy.start(t, server.url);
  const backend = await backendAt(t, proxy.url);
  const go = clientAt(t, server.url);
  const ear = new Ear(backend);
  let n = 0;
  await ear.ready(t, (id) => go.set(id, goState(id, "STARTED", `,"TTL":${n++}`)));
  ear.watch.add(["before", "between", "after", "ours"], "ended");
  await go.set("before", goState("before", "SUCCESS"));
  await ear.hears(goState("before", "SUCCESS"));
  proxy.drop();
  proxy.cut();
  await go.set("between", goState("between", "SUCCESS"));
  await proxy.pass();
  await ear.hears(goState("between", "SUCCESS"));
  await go.set("after", goState("after", "SUCCESS"));
  await ear.hears(goState("after", "SUCCESS"));
  await backend.write([state("ours", "SUCCESS", ear.notify)]);
  await ear.hears(state("ours", "SUCCESS").json);
  t.is(ear.heard.length, 4);
});

for (const type of ["pubsub", "normal"] as const) {
  own(`states are told after the ${type} connection alone was lost`, async (t) => {
    const server = await startRedis(t);
    const backend = await backendAt(t, server.url);
    const go = clientAt(t, server.url);
    const ear = new Ear(backend);
    let n = 0;
    await ear.ready(t, (id) => go.set(id, goState(id, "STARTED", `,"TTL":${n++}`)));
    ear.watch.add(["a"], "ended");
    await go.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
    await go.set("a", goState("a", "SUCCESS"));
    await ear.hears(goState("a", "SUCCESS"));
    // The first one may have been read; of the others the server has to tell.
    ear.watch.add(["b"], "all");
    for (const name of ["RECEIVED", "STARTED", "SUCCESS"] as const) {
      await go.set("b", goState("b", name));
      await ear.hears(goState("b", name));
    }
    t.is(ear.heard.length, 4);
  });
}
