import test from "ava";
import { type MachineryError, ManualClock, TaskError, type TaskState } from "machinery-ts";
import { Waiter } from "../../src/results/waiter.js";
import { StateRecord } from "../../src/wire/state.js";
import { overriding } from "../worker/faulty.js";
import { stage } from "../worker/stage.js";

const collect = async (states: AsyncIterable<TaskState>) => {
  const seen: string[] = [];
  for await (const { state } of states) seen.push(state);
  return seen;
};

test("the states of a task as they change, to SUCCESS", async (t) => {
  const { send, work } = await stage(t);
  const sum = await send.add(1n, 1n);
  t.is((await sum.getState()).state, "PENDING");
  t.is(await sum.touch(), undefined);
  const states = collect(sum.states());
  await work();
  t.deepEqual(await states, ["PENDING", "RECEIVED", "STARTED", "SUCCESS"]);
  const state = await sum.getState();
  t.true(state.isCompleted() && state.isSuccess() && !state.isFailure());
  t.is(state.taskName, "add");
  t.is(await sum.touch(), 2n);
  t.is(await sum.get(), 2n);
  t.deepEqual(await collect(sum.states()), ["SUCCESS"]);
});

test("the states of a task as they change, to FAILURE", async (t) => {
  const { send, work } = await stage(t);
  const sent = await send.fail("boom");
  const states = collect(sent.states());
  await work();
  t.deepEqual(await states, ["PENDING", "RECEIVED", "STARTED", "FAILURE"]);
  const state = await sent.getState();
  t.true(state.isCompleted() && state.isFailure() && !state.isSuccess());
  const error = await t.throwsAsync(sent.get(), { instanceOf: TaskError, code: "ERR_TASK_FAILED" });
  t.is(error?.taskMessage, "boom");
  t.is(error?.taskName, "fail");
  t.is(error?.uuid, sent.uuid);
  await t.throwsAsync(sent.touch(), { instanceOf: TaskError });
});

test("the creation time that stands in a state is that of its sending", async (t) => {
  const clock = new ManualClock();
  const { send, work } = await stage(t, { clock });
  const sum = await send.add(1n);
  await clock.advance(1000);
  await work();
  await sum.get();
  t.is((await sum.getState()).createdAt, new Date(clock.now() - 1000).toISOString());
});

test("a wait ends with its time, and can be begun again", async (t) => {
  const clock = new ManualClock();
  const { send, work } = await stage(t, { clock });
  const sum = await send.add(1n);
  const short = sum.get({ timeoutMs: 100 });
  const long = sum.get({ timeoutMs: 10_000 });
  await clock.advance(99);
  const early = Symbol("still waiting");
  t.is(await Promise.race([short.catch(() => "ended"), Promise.resolve(early)]), early as never);
  await clock.advance(1);
  await t.throwsAsync(short, { code: "ERR_TIMEOUT" } as never);
  await work();
  t.is(await long, 1n);
  t.is(await sum.get(), 1n);
});

test("a wait ends with its signal", async (t) => {
  const { send, work } = await stage(t);
  const sum = await send.add(1n);
  const controller = new AbortController();
  const aborted = sum.get({ signal: controller.signal });
  const other = sum.get();
  controller.abort(new Error("enough"));
  const error = await t.throwsAsync<MachineryError>(aborted, { code: "ERR_ABORTED" });
  t.is((error!.cause as Error).message, "enough");
  await t.throwsAsync(sum.get({ signal: controller.signal }), { code: "ERR_ABORTED" });
  await t.throwsAsync(collect(sum.states({ signal: controller.signal })), { code: "ERR_ABORTED" });
  await work();
  t.is(await other, 1n);
});

test("who stops looking on waits for nothing any more", async (t) => {
  const { send } = await stage(t);
  const sum = await send.add(1n);
  for await (const { state } of sum.states()) {
    t.is(state, "PENDING");
    break;
  }
});

test("a task that nobody has sent", async (t) => {
  const clock = new ManualClock();
  const { server } = await stage(t, { clock });
  const unknown = server.asyncResult("task_nobody");
  await t.throwsAsync(unknown.getState(), { code: "ERR_STATE_UNKNOWN" });
  t.is(await unknown.touch(), undefined);
  const wait = unknown.get({ timeoutMs: 5000 });
  await clock.advance(5000);
  await t.throwsAsync(wait, { code: "ERR_TIMEOUT" });
});

test("what is no state reaches whoever asks for it, and the task runs all the same", async (t) => {
  const clock = new ManualClock();
  const { send, work, backend } = await stage(t, { clock });
  const sum = await send.add(1n);
  const { id, name, createdAt, ttlMs } = new StateRecord(sum.uuid, "add", "PENDING", null, "", "", 60_000, undefined);
  const corrupt = { id, name, createdAt, ttlMs, state: "STARTED", results: "1", error: "" } as const;
  for (const json of ["not JSON", "{}", '{"State":"DONE"}', '[1,2,"State"]']) {
    await backend.write([{ ...corrupt, json }]);
    const result = t.throwsAsync(sum.get(), { code: "ERR_STATE_CORRUPT" }, json);
    // Where a backend tells of ends only, the next poll finds it.
    await clock.advance(1000);
    await result;
    await t.throwsAsync(sum.getState(), { code: "ERR_STATE_CORRUPT" }, json);
    await t.throwsAsync(sum.touch(), { code: "ERR_STATE_CORRUPT" }, json);
    await t.throwsAsync(collect(sum.states()), { code: "ERR_STATE_CORRUPT" }, json);
  }
  await work();
  // What the worker has written over it can be read again.
  let state = "";
  while (state !== "SUCCESS")
    state = await sum.getState().then(
      (found) => found.state,
      () => "",
    );
  t.is(await sum.get(), 1n);
});

test("a corrupt state that is stored while somebody waits and looks on", async (t) => {
  const { send, backend } = await stage(t);
  const sum = await send.add(1n);
  const seen: string[] = [];
  await t.throwsAsync(
    (async () => {
      for await (const { state } of sum.states()) {
        seen.push(state);
        const { uuid: id, name } = sum;
        await backend.write([
          {
            id,
            name,
            state: "STARTED",
            results: "1",
            error: "",
            createdAt: "",
            ttlMs: 60_000,
            json: '{"State":"STARTED","Results":1}',
          },
        ]);
      }
    })(),
    { code: "ERR_STATE_CORRUPT" },
  );
  t.deepEqual(seen, ["PENDING"]);
});

test("several wait for one task, and each gets its result", async (t) => {
  const { server, send, work } = await stage(t);
  const sum = await send.add(2n, 3n);
  const other = server.asyncResult(sum.uuid);
  const waits = [sum.get(), sum.get(), other.get(), collect(other.states())];
  await work();
  t.deepEqual(await Promise.all(waits), [5n, 5n, 5n, ["PENDING", "RECEIVED", "STARTED", "SUCCESS"]]);
});

test("closing the server ends every wait, and what is asked for after it", async (t) => {
  const { server, send } = await stage(t);
  const sum = await send.add(1n);
  const waits = [sum.get(), sum.get({ signal: new AbortController().signal }), collect(sum.states())];
  const ended = waits.map((wait) => t.throwsAsync(wait as Promise<unknown>, { code: "ERR_CLOSED" }));
  await server.close();
  await Promise.all(ended);
  await t.throwsAsync(sum.get(), { code: "ERR_CLOSED" });
  await t.throwsAsync(sum.getState(), { code: "ERR_CLOSED" });
  await t.throwsAsync(send.add(1n), { code: "ERR_CLOSED" });
  t.throws(() => server.newWorker("late"), { code: "ERR_CLOSED" });
  await server.close();
});

test("10,000 waits at once", async (t) => {
  const { send, work } = await stage(t);
  const sent = await send.add.many(Array.from({ length: 10_000 }, (_, i) => [BigInt(i), 1n] as [bigint, bigint]));
  const results = Promise.all(sent.map((one) => one.get()));
  await work({ concurrency: 500 });
  t.deepEqual(
    await results,
    sent.map((_, i) => BigInt(i) + 1n),
  );
});

test("results that are not the contract's", async (t) => {
  const { server, send, work } = await stage(t);
  server.registerTask("add", () => "two");
  const sum = await send.add(1n, 1n);
  await work({ handlers: new Map() });
  await t.throwsAsync(sum.get(), { code: "ERR_RESULT_TYPE" });
});

test("a wait that begins after the close ends at once, whatever the result backend does", async (t) => {
  const { backend } = await stage(t);
  const waiter = new Waiter(backend, new ManualClock(), 60_000);
  waiter.close();
  await t.throwsAsync(waiter.waitFor("task_x", {}), { code: "ERR_CLOSED" });
  await t.throwsAsync(collect(waiter.watchStates("task_x", {})), { code: "ERR_CLOSED" });
});

test("where nothing is pushed, polling finds the end, and more tasks than one poll asks for take turns", async (t) => {
  const clock = new ManualClock();
  const { backend } = await stage(t, { clock });
  const deaf = { ...backend.capabilities, push: false };
  const silent = overriding(backend, { capabilities: deaf, watch: () => ({ add() {}, remove() {}, close() {} }) });
  const waiter = new Waiter(silent, clock, 60_000);
  const ids = Array.from({ length: 2500 }, (_, i) => `task_${i}`);
  const ends = ids.map((id) => waiter.waitFor(id, {}));
  await clock.advance(0);
  const end = (id: string) => new StateRecord(id, "none", "SUCCESS", "[]", "", "", 60_000, undefined);
  // One of each of the three polls that it takes to ask for all.
  await backend.write(["task_0", "task_1500", "task_2499"].map(end));
  await clock.advance(50 + 75 + 113);
  const [first, second, third] = await Promise.all([ends[0], ends[1500], ends[2499]]);
  t.deepEqual(
    [first, second, third].map((state) => state!.taskUuid),
    ["task_0", "task_1500", "task_2499"],
  );
  waiter.close();
  await Promise.allSettled(ends);
});
