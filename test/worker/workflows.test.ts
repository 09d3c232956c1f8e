import test from "ava";
import { chain, chord, events, group, ManualClock, signature, TaskError, taskContext } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import type { Backend } from "../../src/backends/backend.js";
import { openMemoryBackend } from "../../src/backends/memory.js";
import { childTaskId } from "../../src/util/ids.js";
import { decodeMessage } from "../../src/wire/message.js";
import { Worker } from "../../src/worker/worker.js";
import * as handlers from "../../tasks/index.js";
import { workerParts } from "./parts.js";
import { deferred, heard, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

test("Machinery's own examples: a group, a chord and a chain", async (t) => {
  const { server, work } = await stage(t);
  await work();
  const members = await server.sendGroup(group(tasks.add(1n, 1n), tasks.add(5n, 5n)));
  t.deepEqual(await Promise.all(members.map((member) => member.get())), [2n, 10n]);
  t.is(await (await server.sendChord(chord(group(tasks.add(1n, 1n), tasks.add(5n, 5n)), tasks.multiply()))).get(), 20n);
  t.is(await (await server.sendChain(chain(tasks.add(1n, 1n), tasks.add(5n, 5n), tasks.multiply(4n)))).get(), 48n);
});

test("a group's results are a tuple, each of its own type", async (t) => {
  const { server, work } = await stage(t);
  await work();
  const [sum, characters, nothing] = await server.sendGroup(group(tasks.add(1n), tasks.split("ab"), tasks.none()), {
    concurrency: 1,
  });
  const results: [bigint, readonly string[], unknown] = [await sum.get(), await characters.get(), await nothing.get()];
  t.deepEqual(results, [1n, ["a", "b"], undefined]);
});

test("workflows in workflows", async (t) => {
  const { server, work } = await stage(t);
  await work();
  const { add, multiply } = tasks;
  const groupInChain = chain(add(1n, 1n), group(add(1n), multiply(10n)), add());
  t.is(await (await server.sendChain(groupInChain)).get(), 23n);
  const chains = chord(group(chain(add(1n), multiply(2n)), chain(add(2n), multiply(3n))), add());
  t.is(await (await server.sendChord(chains)).get(), 8n);
  const chordInChain = chain(add(2n), chord(group(add(1n), add(2n)), multiply()), add(100n));
  t.is(await (await server.sendChain(chordInChain)).get(), 112n);
  const groupsInGroup = chord(group(group(add(1n), add(2n)), group(add(3n), chain(add(4n), multiply(5n)))), add());
  t.is(await (await server.sendChord(groupsInGroup)).get(), 26n);
  const [first, [second, third]] = await server.sendGroup(group(add(1n), group(add(2n), chain(add(3n), add(4n)))));
  t.deepEqual([await first.get(), await second.get(), await third.get()], [1n, 2n, 7n]);
  const callbackIsChain = chord(group(add(1n), add(2n)), chain(add(), multiply(7n)));
  t.is(await (await server.sendChord(callbackIsChain)).get(), 21n);
});

test("an immutable task keeps its results to itself; a chord's callback, others' from itself", async (t) => {
  const { server, work } = await stage(t);
  await work();
  const { add, multiply } = tasks;
  t.is(await (await server.sendChain(chain(add(5n).with({ immutable: true }), add(1n)))).get(), 1n);
  t.is(await (await server.sendChord(chord(group(add(1n), add(2n)), multiply(7n).with({ immutable: true })))).get(), 7n);
});

for (const [order, expected] of [
  ["append", "own-passed"],
  ["prepend", "passed-own"],
] as const) {
  test(`results ${order} to a callback's own arguments`, async (t) => {
    const { server, work } = await stage(t, { callbackArgs: order });
    server.registerTask("give", () => "passed", { returns: ["string"] });
    server.registerTask("take", (...strings: string[]) => strings.join("-"), { returns: ["string"] });
    await work({ handlers: new Map() });
    const own = [{ type: "string", value: "own" }] as const;
    const sent = await server.sendChain(chain(signature({ name: "give" }), signature({ name: "take", args: own })));
    t.is(await sent.get(), expected);
    const both = chord(group(signature({ name: "give" }), signature({ name: "give" })), signature({ name: "take", args: own }));
    t.is(await (await server.sendChord(both)).get(), order === "append" ? "own-passed-passed" : "passed-passed-own");
  });
}

test("OnSuccess and OnError tasks", async (t) => {
  const { server, work } = await stage(t);
  server.registerTask("report", (...given: unknown[]) => given.join(), { returns: ["string"] });
  await work();
  const report = (uuid: string) => signature({ name: "report", uuid });
  await server.sendTask(
    tasks.add(1n, 1n).with({ onSuccess: [report("task_s1"), report("task_s2")], onError: report("task_never") }),
  );
  await server.sendTask(
    tasks.fail("boom").with({ onSuccess: report("task_lost"), onError: [report("task_e1"), report("task_e2")] }),
  );
  t.is(await server.asyncResult("task_s1").get(), "2");
  t.is(await server.asyncResult("task_s2").get(), "2");
  t.is(await server.asyncResult("task_e1").get(), "boom");
  t.is(await server.asyncResult("task_e2").get(), "boom");
  await t.throwsAsync(server.asyncResult("task_lost").get(), { message: /task "fail" \(.*\) failed: boom/ });
  await t.throwsAsync(server.asyncResult("task_never").getState(), { code: "ERR_STATE_UNKNOWN" });
});

test("a chain fails as soon as a task of it does, and says which; so do all that were to follow", async (t) => {
  const { server, work } = await stage(t);
  await work();
  const uuids = ["task_a", "task_b", "task_c", "task_d"] as const;
  const [first, second, third, fourth] = uuids.map((uuid, i) => {
    const name = ["split", "concat", "fail", "split"][i]!;
    return signature({ name, uuid, ...(i === 0 && { args: [{ type: "string", value: "x" }] }) });
  });
  const sent = await server.sendChain(chain(first!, second!, third!, fourth!));
  const own = server.asyncResult(uuids[3]);
  const error = await t.throwsAsync<TaskError>(sent.get(), { instanceOf: TaskError });
  t.is(error!.uuid, "task_c");
  t.is(error!.taskName, "fail");
  t.is(error!.taskMessage, "x");
  await t.throwsAsync(own.get(), { message: /task "fail" \(task_c\) failed: x/ });
  t.deepEqual(await server.asyncResult("task_a").get(), ["x"]);
  t.is(await server.asyncResult("task_b").get(), "x");
});

test("a chord whose member fails ends its callback, and whatever was to follow that", async (t) => {
  const { server, work, broker, queue } = await stage(t);
  await work();
  const failing = signature({ name: "fail", args: [{ type: "string", value: "boom" }], uuid: "task_bad" });
  const callback = signature({ name: "add", uuid: "chord_end" });
  const sent = await server.sendChain(
    chain(chord(group(tasks.add(1n), failing, tasks.add(2n)), callback), signature({ name: "multiply", uuid: "task_after" })),
  );
  const error = await t.throwsAsync<TaskError>(sent.get(), { instanceOf: TaskError });
  t.is(error!.uuid, "task_bad");
  for (const id of ["chord_end", "task_after"]) {
    await t.throwsAsync(server.asyncResult(id).get(), { message: /task "fail" \(task_bad\) failed: boom/ });
  }
  t.deepEqual(await broker.inspect(queue), { pending: 0, delayed: 0, claimed: 0, dead: 0 });
});

test("a chord that runs in spite of failures gets the results that there are", async (t) => {
  const { server, work } = await stage(t);
  await work();
  const failing = signature({ name: "fail", args: [{ type: "string", value: "boom" }] });
  const some = chord(group(tasks.add(2n), failing, tasks.add(5n)), tasks.multiply(), { onFailure: "run" });
  t.is(await (await server.sendChord(some)).get(), 10n);
  const none = chord(group(failing, failing), tasks.multiply(), { onFailure: "run" });
  t.is(await (await server.sendChord(none)).get(), 1n);
});

test("a callback that nobody knows, and arguments that do not fit after appending, end as failures", async (t) => {
  const clock = new ManualClock();
  const { server, work } = await stage(t, { clock });
  await work({ unknownTasks: { giveUpAfterMs: 1000 } });
  const unknown = await server.sendChain(chain(tasks.add(1n), signature({ name: "nobody" })));
  const result = unknown.get();
  const caught = t.throwsAsync(result, { message: /ERR_TASK_UNKNOWN/ });
  await clock.advance(0);
  // The pauses vary: within these two its time is over.
  await clock.advance(1000);
  await clock.advance(2000);
  await caught;
  const misfit = await server.sendChain(chain(tasks.split("x"), signature({ name: "add" })));
  await t.throwsAsync(misfit.get(), { message: /ERR_ARG_TYPE/ });
});

for (const length of [100, 257]) {
  test(`a chain of ${length} tasks`, async (t) => {
    const { server, work } = await stage(t);
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    t.teardown(() => process.off("warning", onWarning));
    await work();
    const items = Array.from({ length }, () => signature({ name: "add", args: [{ type: "int64", value: 1n }] }));
    const sent = await server.sendChain(chain(...(items as [(typeof items)[0]])) as never);
    t.is(await (sent as { get(options: object): Promise<unknown> }).get({ signal: new AbortController().signal }), BigInt(length));
    t.deepEqual(warnings, []);
  });
}

/** Counts the ids that pass through each verb. */
function counting(backend: Backend, counts: Map<string, number>): Backend {
  return new Proxy(backend, {
    get(target, verb: keyof Backend) {
      const value = target[verb];
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const [first] = args;
        counts.set(verb, (counts.get(verb) ?? 0) + (Array.isArray(first) ? first.length : 1));
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

test("completing a group of n costs O(n) in all", async (t) => {
  const perMember: Record<string, number>[] = [];
  for (const n of [50, 1000]) {
    const { server, name, broker } = await stage(t);
    const counts = new Map<string, number>();
    const worker = new Worker("w", workerParts(server, broker, counting(openMemoryBackend({ name }), counts)), {
      handlers: dispatch(handlers),
      concurrency: 10,
    });
    const members = Array.from({ length: n }, () => tasks.add(1n));
    const sent = await server.sendChord(chord(group(...members) as never, tasks.add()) as never);
    await worker.start();
    t.is(await (sent as { get(): Promise<unknown> }).get(), BigInt(n));
    await worker.stop();
    perMember.push(Object.fromEntries([...counts].map(([verb, count]) => [verb, Math.round(count / n)])));
  }
  t.deepEqual(perMember[1], perMember[0]);
  t.true(
    Object.values(perMember[1]!).every((count) => count <= 4),
    JSON.stringify(perMember[1]),
  );
});

test("a task that has ended and comes again: its state stays, and what follows is sent again under the same ids", async (t) => {
  const { server, publish, work, broker, queue } = await stage(t);
  const worker = await work({ concurrency: 1 });
  const callback = '{"UUID":"","Name":"multiply","Args":[{"Type":"int64","Value":10}]}';
  const text = `{"UUID":"task_parent","Name":"add","Args":[{"Type":"int64","Value":4}],"OnSuccess":[${callback},${callback}]}`;
  await publish(text);
  const parent = server.asyncResult("task_parent");
  t.is(await parent.get(), 4n);
  const { createdAt } = await parent.getState();
  // Behind both callbacks in the queue.
  await (await server.sendTask(tasks.add())).get();
  await worker.stop();
  const seen: string[] = [];
  const started = (event: unknown): void => void seen.push((event as { uuid: string }).uuid);
  events.taskStarted.subscribe(started);
  t.teardown(() => events.taskStarted.unsubscribe(started));
  await publish(text);
  const states: string[] = [];
  await work({ concurrency: 1 });
  const marker = await server.sendTask(tasks.add());
  await marker.get();
  for await (const { state } of parent.states()) states.push(state);
  t.deepEqual(states, ["SUCCESS"]);
  t.is((await parent.getState()).createdAt, createdAt);
  // The callbacks came again, with the ids they had, and were not run again.
  const last = heard(events.taskEnded, ({ uuid }) => uuid === "task_last");
  await server.sendTask(tasks.add().with({ uuid: "task_last" }));
  await last;
  t.false(seen.includes("task_parent"));
  t.deepEqual(await broker.inspect(queue), { pending: 0, delayed: 0, claimed: 0, dead: 0 });
  for (const index of [0, 1]) {
    const id = childTaskId("task_parent", "success", index);
    t.is(await server.asyncResult(id).get(), 40n);
    t.false(seen.includes(id));
  }
});

test("a chord's callback that is in the queue twice runs once, even where both are taken at the same time", async (t) => {
  const clock = new ManualClock();
  const { server, publish, work, broker, queue } = await stage(t, { clock });
  let runs = 0;
  const goOn = deferred();
  const add = async (...terms: bigint[]) => {
    runs++;
    await goOn.promise;
    return handlers.add(...terms) as bigint;
  };
  const text = '{"UUID":"chord_twice","Name":"add","Args":[{"Type":"int64","Value":4}]}';
  await publish(text);
  await publish(text);
  const started = heard(events.taskStarted, ({ uuid }) => uuid === "chord_twice");
  await work({ concurrency: 2, handlers: dispatch({ ...handlers, add }) });
  await started;
  await clock.advance(0);
  t.is(runs, 1);
  t.is((await broker.inspect(queue)).delayed, 1);
  const result = server.asyncResult("chord_twice").get();
  goOn.resolve();
  await clock.advance(0);
  t.is(await result, 4n);
  await clock.advance(60_000);
  t.is(runs, 1);
  t.deepEqual(await broker.inspect(queue), { pending: 0, delayed: 0, claimed: 0, dead: 0 });
});

test("the members of a group that the broker does not take are named, the others run", async (t) => {
  const { server, work } = await stage(t);
  await work();
  const members = group(
    tasks.add(1n).with({ uuid: "task_fine" }),
    tasks.add(2n).with({ uuid: "task_large", headers: { x: "x".repeat(2 ** 20) } }),
  );
  await t.throwsAsync(server.sendGroup(members), { code: "ERR_MSG_SIZE" });
  // Found before anything is sent.
  await t.throwsAsync(server.asyncResult("task_fine").getState(), { code: "ERR_STATE_UNKNOWN" });
  for (const concurrency of [-1, 1.5, Number.NaN]) {
    await t.throwsAsync(server.sendGroup(group(tasks.add(1n)), { concurrency }), { code: "ERR_CONFIG" });
  }
  const [one] = await server.sendGroup(group(tasks.add(1n)), { concurrency: 0 });
  t.is(await one.get(), 1n);
});

test("a callback that grows too large ends as a failure", async (t) => {
  const { server, work } = await stage(t, { maxMessageBytes: 2000 });
  await work();
  const big = Array.from({ length: 12 }, () => tasks.split("x".repeat(60)));
  const sent = await server.sendChord(chord(group(...big) as never, signature({ name: "none" })) as never);
  await t.throwsAsync((sent as { get(): Promise<unknown> }).get(), { message: /larger than 2000 bytes/ });
});

test("headers of the sender reach what follows through its own signature alone", async (t) => {
  const { server, work } = await stage(t);
  const seen: unknown[] = [];
  server.registerTask("look", () => void seen.push(taskContext().headers.get("trace")));
  await work({ handlers: new Map() });
  const look = (trace: string) => signature({ name: "look", headers: { trace } });
  await (await server.sendChain(chain(look("a"), look("b")))).get();
  t.deepEqual(seen, ["a", "b"]);
});

test("what a worker sends is Machinery's wire", async (t) => {
  const { server, broker, queue } = await stage(t);
  await server.sendChain(chain(tasks.add(1n, 1n), tasks.multiply(4n)));
  const [first] = await broker.peek(queue, "pending", 1);
  const { OnSuccess, RoutingKey } = decodeMessage(first!.body);
  t.is(RoutingKey, queue);
  t.is(OnSuccess![0]!.Name, "multiply");
});

test("the record of a group outlives the delay of its members", async (t) => {
  const clock = new ManualClock();
  const { server, work } = await stage(t, { clock, resultsExpireIn: 10 });
  await work();
  const later = { delayMs: 60_000 };
  const sent = await server.sendChord(chord(group(tasks.add(1n, 1n).with(later), tasks.add(5n, 5n).with(later)), tasks.multiply()));
  const result = sent.get({ timeoutMs: 100_000 });
  await clock.advance(60_000);
  t.is(await result, 20n);
});
