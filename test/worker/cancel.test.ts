import { setImmediate } from "node:timers/promises";
import test from "ava";
import {
  chain,
  chord,
  events,
  group,
  type MachineryError,
  ManualClock,
  RetryLater,
  signature,
  TaskError,
  taskContext,
  type WorkerOptions,
} from "machinery-ts";
import { tasks } from "../../generated/index.js";
import { Worker } from "../../src/worker/worker.js";
import * as handlers from "../../tasks/index.js";
import { overriding } from "./faulty.js";
import { workerParts } from "./parts.js";
import { deferred, heard, keepingLogger, type Stage, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

const cancelled = {
  instanceOf: TaskError,
  code: "ERR_TASK_FAILED",
  message: /\[ERR_TASK_CANCELLED\] \w+: the task was cancelled\.$/,
};

/** Resolves when no message is left. */
async function drained({ broker, queue }: Stage): Promise<void> {
  for (;;) {
    const counts = await broker.inspect(queue);
    if (Object.values(counts).every((count) => count === 0)) return;
    await setImmediate();
  }
}

/** A handler of `split` that is held up until it is told to go on, in spite of its signal. */
function held() {
  const started = deferred<AbortSignal>();
  const goOn = deferred();
  const split = async (text: string) => {
    started.resolve(taskContext().signal);
    await goOn.promise;
    return [text];
  };
  return { started: started.promise, goOn: goOn.resolve, handlers: dispatch({ ...handlers, split }) };
}

/** Handlers that note what runs. */
function noting(): { ran: string[]; handlers: NonNullable<WorkerOptions["handlers"]> } {
  const ran: string[] = [];
  const split = (text: string) => [text, String(ran.push(text))];
  return { ran, handlers: dispatch({ ...handlers, split }) };
}

test("a task that waits does not run, and its message goes", async (t) => {
  const on = await stage(t);
  const { ran, handlers } = noting();
  const [first, second] = await on.send.split.many([["a"], ["b"]]);
  t.deepEqual(await on.server.cancel(first!.uuid), { uuid: first!.uuid, cancelled: true, before: "PENDING" });
  await t.throwsAsync(first!.get(), cancelled);
  const { taskName, state, createdAt } = await first!.getState();
  t.deepEqual([taskName, state, createdAt], ["split", "FAILURE", (await second!.getState()).createdAt]);
  await on.work({ handlers });
  t.deepEqual(await second!.get(), ["b", "1"]);
  await drained(on);
  t.deepEqual(ran, ["b"]);
});

test("a delayed task does not run, however much later it is due than results are kept", async (t) => {
  const clock = new ManualClock();
  const on = await stage(t, { clock, resultsExpireIn: 10 });
  const { ran, handlers } = noting();
  const days = 20 * 24 * 3600 * 1000;
  const sent = await on.server.sendTask(tasks.split("a").with({ delayMs: days }));
  t.like(await sent.cancel(), { cancelled: true, before: "PENDING" });
  await on.work({ handlers });
  await clock.advance(days);
  await drained(on);
  t.deepEqual(ran, []);
  t.true((await sent.getState()).isFailure());
});

test("a task that is to be tried again is not", async (t) => {
  const clock = new ManualClock();
  const on = await stage(t, { clock });
  let attempts = 0;
  const add = () => {
    attempts++;
    throw new RetryLater(1000);
  };
  const sent = await on.send.add();
  const next = heard(events.taskRetried, ({ uuid }) => uuid === sent.uuid);
  await on.work({ handlers: dispatch({ ...handlers, add }) });
  await next;
  t.like(await sent.cancel(), { cancelled: true, before: "RETRY" });
  await clock.advance(1000);
  await drained(on);
  t.is(attempts, 1);
  await t.throwsAsync(sent.get(), cancelled);
});

test("a task that runs hears of it, ends at once, and what it returns counts for nothing", async (t) => {
  const { logger, lines } = keepingLogger();
  const on = await stage(t, { logger });
  const { started, goOn, handlers } = held();
  const worker = await on.work({ handlers, concurrency: 1 });
  const failed: unknown[] = [];
  worker.setErrorHandler((error) => failed.push(error));
  const sent = await on.send.split("a");
  const signal = await started;
  t.like(await sent.cancel(), { cancelled: true, before: "STARTED" });
  await drained(on);
  t.true(signal.aborted);
  t.is((signal.reason as MachineryError).code, "ERR_TASK_CANCELLED");
  t.is(await (await on.send.add(1n)).get(), 1n, "its slot is free");
  goOn();
  await worker.stop();
  await t.throwsAsync(sent.get(), cancelled);
  t.deepEqual(failed, []);
  const told = lines.filter(({ fields }) => fields.uuid === sent.uuid);
  t.deepEqual(
    told.map(({ level, message }) => [level, message]),
    [["info", "task cancelled while it ran"]],
  );
});

test("a task that runs and has retries left is not tried again, whatever it throws", async (t) => {
  const on = await stage(t);
  const started = deferred<AbortSignal>();
  let attempts = 0;
  const split = async () => {
    attempts++;
    const { signal } = taskContext();
    started.resolve(signal);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw new RetryLater(0);
  };
  await on.work({ handlers: dispatch({ ...handlers, split }) });
  const sent = await on.server.sendTask(tasks.split("a").with({ retry: { count: 5, timeoutSeconds: 0 } }));
  await started.promise;
  await sent.cancel();
  await drained(on);
  t.is(attempts, 1);
  await t.throwsAsync(sent.get(), cancelled);
});

test("a task that has ended stays as it is, and one that was cancelled stays cancelled", async (t) => {
  const on = await stage(t);
  await on.work();
  const [good, bad, pending] = [await on.send.add(1n), await on.send.fail("no"), await on.send.split("a")];
  t.is(await good.get(), 1n);
  await t.throwsAsync(bad.get());
  await pending.get();
  const waits = await on.server.sendTask(tasks.add(1n).with({ delayMs: 60_000 }));
  await waits.cancel();
  t.deepEqual(await on.server.cancel([good.uuid, bad.uuid, waits.uuid]), [
    { uuid: good.uuid, cancelled: false, before: "SUCCESS" },
    { uuid: bad.uuid, cancelled: false, before: "FAILURE" },
    { uuid: waits.uuid, cancelled: true, before: "FAILURE" },
  ]);
  t.is(await good.get(), 1n);
  await t.throwsAsync(bad.get(), { message: /fail .*: no$/ });
});

test("a task that nothing is known of will not run when it comes", async (t) => {
  const on = await stage(t);
  const { ran, handlers } = noting();
  await on.work({ handlers });
  t.deepEqual(await on.server.cancel("task_of_go"), { uuid: "task_of_go", cancelled: true, before: undefined });
  const args = [{ Type: "string", Value: "a" }];
  await on.publish(JSON.stringify({ UUID: "task_of_go", Name: "split", RoutingKey: "vec", Args: args }));
  await drained(on);
  t.deepEqual(ran, []);
  t.like(await on.server.asyncResult("task_of_go").getState(), { taskName: "", state: "FAILURE" });
});

test("what follows a failure follows, when the message is taken", async (t) => {
  const on = await stage(t);
  const told: string[] = [];
  const concat = ([text]: readonly string[]) => {
    told.push(text!);
    return "";
  };
  const fail = (text: string) => void told.push(text);
  const args = [] as const;
  const onError = [signature({ name: "fail", args })];
  const sent = await on.server.sendTask(tasks.split("a").with({ onError, onSuccess: [tasks.concat.partial()] }));
  await sent.cancel();
  const ended = heard(events.taskEnded, ({ name }) => name === "fail");
  await on.work({ handlers: dispatch({ ...handlers, fail: fail as never, concat }) });
  await ended;
  await drained(on);
  t.deepEqual(told, ["[ERR_TASK_CANCELLED] split: the task was cancelled."]);
});

test("the first of a chain is cancelled: the rest ends with it", async (t) => {
  const on = await stage(t);
  const { started, goOn, handlers } = held();
  await on.work({ handlers });
  const first = tasks.split("a").with({ uuid: "task_first" });
  const last = await on.server.sendChain(chain(first, tasks.concat.partial()));
  await started;
  await on.server.cancel("task_first");
  await t.throwsAsync(last.get(), { message: /ERR_TASK_CANCELLED/ });
  await drained(on);
  const { state, error } = await last.getState();
  t.is(state, "FAILURE");
  t.regex(error, /\(task_first\).*ERR_TASK_CANCELLED/);
  goOn();
});

test("a task that is yet to follow another is cancelled: it does not run, and the rest ends with it", async (t) => {
  const on = await stage(t);
  const told: string[] = [];
  const { started, goOn, handlers: table } = held();
  const ran: string[] = [];
  const concat = ([text]: readonly string[]) => {
    ran.push(text!);
    return text!;
  };
  const fail = (text: string) => void told.push(text);
  await on.work({ handlers: new Map([...dispatch({ ...handlers, concat, fail: fail as never }), ["split", table.get("split")!]]) });
  const onError = [signature({ name: "fail", args: [] })];
  const second = tasks.concat.partial().with({ uuid: "task_second", onError });
  const last = await on.server.sendChain(chain(tasks.split("a"), second, tasks.split.partial().with({ uuid: "task_last" })));
  await started;
  t.like(await on.server.cancel("task_second"), { cancelled: true, before: undefined });
  const ended = heard(events.taskEnded, ({ name }) => name === "fail");
  goOn();
  await ended;
  await drained(on);
  t.deepEqual(ran, []);
  t.deepEqual(told, ["[ERR_TASK_CANCELLED] task_second: the task was cancelled."]);
  t.is((await last.getState()).state, "FAILURE");
});

test("a whole chain is cancelled by its result", async (t) => {
  const on = await stage(t);
  const { started, goOn, handlers } = held();
  await on.work({ handlers });
  const last = await on.server.sendChain(chain(tasks.split("a"), tasks.concat.partial(), tasks.split.partial()));
  const signal = await started;
  t.like(await last.cancel(), { uuid: last.uuid, cancelled: true, before: undefined });
  await drained(on);
  t.true(signal.aborted);
  await t.throwsAsync(last.get(), cancelled);
  goOn();
});

test("a chord whose member is cancelled ends", async (t) => {
  const on = await stage(t);
  const member = tasks.add(1n).with({ uuid: "task_member" });
  const sent = await on.server.sendChord(chord(group(member, tasks.add(2n)), tasks.multiply()));
  await on.server.cancel("task_member");
  await on.work();
  await t.throwsAsync(sent.get(), { message: /ERR_TASK_CANCELLED/ });
  await drained(on);
  t.regex((await sent.getState()).error, /task_member.*ERR_TASK_CANCELLED/);
});

test("a thousand at once, each with its answer", async (t) => {
  const on = await stage(t);
  const { ran, handlers } = noting();
  const sent = await on.send.split.many(Array.from({ length: 1000 }, (_, i) => [`${i}`] as [string]));
  const uuids = sent.map(({ uuid }) => uuid);
  t.deepEqual(
    await on.server.cancel(uuids),
    uuids.map((uuid) => ({ uuid, cancelled: true, before: "PENDING" })),
  );
  t.deepEqual(await on.server.cancel([]), []);
  await on.work({ handlers });
  await drained(on);
  t.deepEqual(ran, []);
});

test("whichever comes first, the task's end or its cancelling, is the end, and the caller is told which", async (t) => {
  const on = await stage(t);
  let pause = 0;
  const add = async (...terms: bigint[]) => {
    for (let i = pause++ % 40; i > 0; i--) await Promise.resolve();
    return handlers.add(...terms) as bigint;
  };
  await on.work({ handlers: dispatch({ ...handlers, add }), concurrency: 50 });
  const sent = await on.send.add.many(Array.from({ length: 400 }, (_, i) => [BigInt(i)]));
  const outcomes = await Promise.all(
    sent.map(async (one, i) => {
      for (let k = i % 60; k > 0; k--) await Promise.resolve();
      const { cancelled } = await one.cancel();
      return [cancelled ? "cancelled" : "ended", (await one.getState()).state].join();
    }),
  );
  await drained(on);
  const after = await Promise.all(sent.map(async (one, i) => [outcomes[i]!.split(",")[0], (await one.getState()).state].join()));
  t.deepEqual(after, outcomes);
  t.deepEqual([...new Set(outcomes)].sort(), ["cancelled,FAILURE", "ended,SUCCESS"]);
});

test("a worker that cannot hear of it runs the task to its end, which is dropped", async (t) => {
  const on = await stage(t);
  const { started, goOn, handlers } = held();
  const deaf = overriding(on.broker, { capabilities: { ...on.broker.capabilities, notices: false } });
  const worker = new Worker("deaf", workerParts(on.server, deaf, on.backend), { handlers });
  t.teardown(() => worker.stop({ graceMs: 0 }));
  await worker.start();
  const sent = await on.send.split("a");
  const signal = await started;
  await sent.cancel();
  goOn();
  await drained(on);
  t.false(signal.aborted);
  await t.throwsAsync(sent.get(), cancelled);
});

test("a task that is cancelled between its STARTED and its handler does not run", async (t) => {
  const on = await stage(t);
  const { ran, handlers } = noting();
  const written = deferred();
  const goOn = deferred();
  const slow = overriding(on.backend, {
    async write(writes) {
      const outcomes = await on.backend.write(writes);
      if (writes.some(({ state }) => state === "STARTED")) {
        written.resolve();
        await goOn.promise;
      }
      return outcomes;
    },
  });
  const worker = new Worker("slow", workerParts(on.server, on.broker, slow), { handlers });
  t.teardown(() => worker.stop({ graceMs: 0 }));
  await worker.start();
  const sent = await on.send.split("a");
  await written.promise;
  t.like(await sent.cancel(), { cancelled: true, before: "STARTED" });
  await setImmediate();
  goOn.resolve();
  await drained(on);
  t.deepEqual(ran, []);
});

test("a worker without a say in it starts all the same, and says so", async (t) => {
  const on = await stage(t);
  const { logger, lines } = keepingLogger();
  const broken = overriding(on.broker, { listen: () => Promise.reject(new Error("not allowed")) });
  const worker = new Worker("w", { ...workerParts(on.server, broken, on.backend), logger }, { handlers: dispatch(handlers) });
  t.teardown(() => worker.stop({ graceMs: 0 }));
  await worker.start();
  t.is(await (await on.send.add(1n)).get(), 1n);
  t.regex(lines.find(({ level }) => level === "warn")!.message, /cannot hear of cancelled tasks/);
});

test("notices that make no sense are left", async (t) => {
  const on = await stage(t);
  const { started, goOn, handlers } = held();
  await on.work({ handlers });
  const sent = await on.send.split("a");
  const signal = await started;
  for (const text of ["", "no JSON", "null", "[]", "{}", '{"uuids":"x"}', `{"uuids":[null,{},7,["${sent.uuid}"]]}`]) {
    await on.broker.notify([{ topic: "cancel", body: Buffer.from(text) }]);
  }
  await setImmediate();
  t.false(signal.aborted);
  goOn();
  t.deepEqual(await sent.get(), ["a"]);
});

test("what is no task's id is refused before anything is done", async (t) => {
  const on = await stage(t);
  const sent = await on.send.add(1n);
  for (const [uuid, code] of [
    ["", "ERR_ARG_VALUE"],
    ["a b", "ERR_ARG_VALUE"],
    ["x".repeat(201), "ERR_ARG_VALUE"],
    [7 as never, "ERR_ARG_VALUE"],
    ["group_0", "ERR_ARG_VALUE"],
    ["delayed_tasks", "ERR_SIG_RESERVED"],
    ["task_1:p:run", "ERR_SIG_RESERVED"],
  ] as const) {
    await t.throwsAsync(on.server.cancel([sent.uuid, uuid]), { code });
  }
  t.is((await sent.getState()).state, "PENDING");
  await on.server.close();
  await t.throwsAsync(on.server.cancel(sent.uuid), { code: "ERR_CLOSED" });
});
