import test from "ava";
import { events, ManualClock } from "machinery-ts";
import { decodeMessage } from "../../src/wire/message.js";
import { decodeState } from "../../src/wire/state.js";
import { tokens, vector, vectors } from "../wire/vectors.js";
import { heard, stage } from "./stage.js";

/** What Go's own limits failed: it parses every unsigned integer as an int64, and cannot read the []uint8 that it writes. */
const failedByGo = ["every-scalar-max-uint64", "every-slice-max-uint64", "every-slice"];

/** Delayed, a workflow or a retry: these have tests of their own. */
const apart = ["delayed", "chain", "chord-member", "retry"];

const named = vectors("message-")
  .map(({ file, text }) => ({ name: file.slice("message-".length, -".json".length), text }))
  .filter(({ name }) => !apart.includes(name));

test("the vectors are those that this file knows of", (t) => {
  t.deepEqual(named.map(({ name }) => name).sort(), [
    "add",
    "every-scalar",
    "every-scalar-max-uint64",
    "every-slice",
    "every-slice-max-uint64",
    "fail-with-callbacks",
    "headers",
    "no-args",
  ]);
});

for (const { name, text } of named) {
  const succeedsHere = failedByGo.includes(name);
  test(`${name} ends as ${succeedsHere ? "Go's would have, but for its limits" : "Go's did"}`, async (t) => {
    const { server, publish, work, backend } = await stage(t);
    const { UUID, Args } = decodeMessage(Buffer.from(text));
    const ended = server.asyncResult(UUID).states();
    await publish(text);
    await work();
    let last: string | undefined;
    for await (const { state } of ended) last = state;
    const [json] = await backend.read([UUID]);
    const go = decodeState(vector(`state-final-${name}.json`), UUID);
    const own = decodeState(json!, UUID);
    if (succeedsHere) {
      t.is(go.State, "FAILURE");
      t.is(last, "SUCCESS");
      // The task returns what it is given.
      t.deepEqual(
        own.Results,
        Args!.map(({ Type, Value }) => ({ Type, Value })),
      );
    } else {
      const without = (state: string) => tokens(state.replace(/"CreatedAt":"[^"]*"/, '"CreatedAt":""'));
      t.deepEqual(without(json!), without(vector(`state-final-${name}.json`)));
    }
    t.is(own.TaskName, go.TaskName);
  });
}

test("digits beyond 2^53 survive the whole way", async (t) => {
  const { send, work } = await stage(t);
  await work();
  t.is(await (await send.add(9007199254740993n, 1n)).get(), 9007199254740994n);
});

test("the callbacks of a failed task: OnError runs with the error in front, OnSuccess will never run", async (t) => {
  const { server, publish, work } = await stage(t);
  await publish(vector("message-fail-with-callbacks.json"));
  await work();
  // Two arguments where `fail` takes one: Go's worker panics here; this one says so.
  await t.throwsAsync(server.asyncResult("task_onerror").get(), { message: /ERR_ARG_COUNT/ });
  await t.throwsAsync(server.asyncResult("task_onsuccess").get(), {
    message: /task "fail" \(task_17f58052-4d8a-4bb1-bb91-01b561e283ce\) failed: boom/,
  });
});

test("the chain ends as Go's did", async (t) => {
  const { server, publish, work } = await stage(t);
  await publish(vector("message-chain.json"));
  await work();
  t.is(await server.asyncResult("task_96be3a91-c2d4-4c8e-b9bd-192a268dd76d").get(), 2n);
  t.is(await server.asyncResult("task_1dc51845-2649-4f25-9a18-a50a29594fa2").get(), 12n);
  t.is(await server.asyncResult("task_f51dc3ef-a598-4ea3-b65c-96533e64f667").get(), 48n);
});

test("the chord's callback gets the results in the group's order, whichever member ends last", async (t) => {
  const { server, publish, work, backend } = await stage(t);
  const json = vector("group-meta.json");
  const { GroupUUID, TaskUUIDs } = JSON.parse(json);
  await backend.openGroup({ id: GroupUUID, members: TaskUUIDs, json, ttlMs: 60_000 });
  const member = vector("message-chord-member.json");
  const { UUID } = JSON.parse(member);
  t.true(TaskUUIDs.includes(UUID));
  const other = member
    .replace(
      UUID,
      TaskUUIDs.find((id: string) => id !== UUID),
    )
    .replaceAll('"Value":5', '"Value":1');
  const callback = server.asyncResult("chord_9746ccb3-3a17-4604-8ccd-763779d49cae");
  await publish(member);
  await work();
  t.is(await server.asyncResult(UUID).get(), 10n);
  t.deepEqual(await backend.read([callback.uuid]), [null]);
  await publish(other);
  t.is(await callback.get(), 20n);
});

test("the retry runs again after 2 and after 3 seconds, and ends as Go's did", async (t) => {
  const clock = new ManualClock();
  const { server, publish, work, backend } = await stage(t, { clock });
  const text = vector("message-retry.json");
  const { UUID } = JSON.parse(text);
  const sent = clock.now();
  const retried = (at: number) => heard(events.taskRetried, ({ uuid, until }) => uuid === UUID && until === sent + at);
  const first = retried(2000);
  const second = retried(5000);
  const attempts: number[] = [];
  const started = (event: unknown): void => {
    const { uuid, attempt } = event as { uuid: string; attempt: number };
    if (uuid === UUID) attempts.push(attempt);
  };
  events.taskStarted.subscribe(started);
  t.teardown(() => events.taskStarted.unsubscribe(started));
  await publish(text);
  await work();
  await first;
  t.is(decodeState((await backend.read([UUID]))[0]!, UUID).State, "RETRY");
  await clock.advance(1999);
  t.deepEqual(attempts, [1]);
  await clock.advance(1);
  await second;
  t.deepEqual(attempts, [1, 2]);
  const end = server.asyncResult(UUID).get();
  await clock.advance(2999);
  t.deepEqual(attempts, [1, 2]);
  await clock.advance(1);
  await t.throwsAsync(end, { message: /again/ });
  t.deepEqual(attempts, [1, 2, 3]);
  const without = (state: string) => tokens(state.replace(/"CreatedAt":"[^"]*"/, '"CreatedAt":""'));
  t.deepEqual(without((await backend.read([UUID]))[0]!), without(vector("state-final-retry.json")));
});
