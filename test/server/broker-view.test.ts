import test from "ava";
import { ManualClock, signature, TaskError } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import { stage } from "../worker/stage.js";

test("what waits in a queue, next one first, and nothing of it is taken", async (t) => {
  const clock = new ManualClock();
  const { server, send, publish } = await stage(t, { clock });
  const view = server.getBroker();
  const [a, b] = await send.add.many([[1n], [2n]]);
  await publish("junk");
  const later = await server.sendTask(tasks.add(3n).with({ delayMs: 2000 }));
  const soon = await server.sendTask(tasks.add(4n).with({ delayMs: 1000 }));
  const elsewhere = await server.sendTask(tasks.add(5n).with({ queue: "other" }));
  for (let times = 0; times < 2; times++) {
    t.deepEqual(
      (await view.getPendingTasks()).map(({ UUID }) => UUID),
      [a!.uuid, b!.uuid],
    );
    t.deepEqual(
      (await view.getDelayedTasks()).map(({ UUID }) => UUID),
      [soon.uuid, later.uuid],
    );
  }
  t.is((await view.getPendingTasks("vec", 1)).length, 1);
  t.deepEqual(
    (await view.getPendingTasks("other")).map(({ UUID }) => UUID),
    [elsewhere.uuid],
  );
  t.deepEqual(await view.getPendingTasks("nowhere"), []);
  const all = await view.list();
  t.is(all.length, 3);
  t.is(all[2]!.signature, undefined);
  t.is(all[2]!.error?.code, "ERR_MSG_JSON");
  t.deepEqual(await view.inspect(), { pending: 3, delayed: 2, claimed: 0, dead: 0 });
  t.is((await view.list("vec", "delayed"))[0]!.notBefore, clock.now() + 1000);
});

test("dead letters: why, and another chance", async (t) => {
  const { server, send, publish, work } = await stage(t);
  const view = server.getBroker();
  // One at a time: a slot is free when a message is settled.
  await work({ concurrency: 1 });
  await publish("junk");
  const misfit = await server.sendTask(signature({ name: "split", args: [{ type: "int64", value: 1n }] }));
  await t.throwsAsync(misfit.get(), { instanceOf: TaskError });
  await (await send.none()).get();
  const dead = await view.list("vec", "dead");
  t.deepEqual(
    dead.map(({ signature, error, dead }) => [signature?.Name, error?.code, dead!.reason.slice(0, 14)]),
    [
      [undefined, "ERR_MSG_JSON", "[ERR_MSG_JSON]"],
      ["split", undefined, "[ERR_ARG_TYPE]"],
    ],
  );
  t.is(await view.redrive("vec"), 2);
  // Its old failure is forgotten, so that it may run; it fails anew.
  await t.throwsAsync(misfit.get(), { instanceOf: TaskError });
  await (await send.none()).get();
  t.is((await view.inspect()).dead, 2);
  t.is(await view.purge("vec", "dead"), 2);
  t.is(await view.redrive(), 0);
});

test("deleting what waits", async (t) => {
  const { server, send } = await stage(t);
  const view = server.getBroker();
  await send.add.many([[1n], [2n]]);
  await server.sendTask(tasks.add(1n).with({ delayMs: 60_000 }));
  t.is(await view.purge(), 2);
  t.is(await view.purge("vec", "delayed"), 1);
  t.deepEqual(await view.inspect(), { pending: 0, delayed: 0, claimed: 0, dead: 0 });
});
