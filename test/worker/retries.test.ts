import test from "ava";
import { chain, events, Fatal, ManualClock, RetryLater, TaskError, taskContext } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import { decodeMessage } from "../../src/wire/message.js";
import * as handlers from "../../tasks/index.js";
import { heard, keepingLogger, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

const retried = (uuid: string) => heard(events.taskRetried, (event) => event.uuid === uuid);

test("by the contract's policy: Machinery's pauses, each attempt knowing those before", async (t) => {
  const clock = new ManualClock();
  const { logger, lines } = keepingLogger();
  const { send, server, broker, queue } = await stage(t, { clock, logger });
  const seen: [number, readonly string[]][] = [];
  const resize = () => {
    const { attempt, errors } = taskContext();
    seen.push([attempt, errors]);
    throw new Error(`no ${attempt}`);
  };
  const failures: unknown[] = [];
  const worker = server.newWorker("w", { handlers: dispatch({ ...handlers, resize }) });
  worker.setErrorHandler((error) => failures.push((error as Error).message));
  const size = { width: 1, height: 1 };
  // schema/tasks.yaml: three retries, the first RetryTimeout 1 s.
  const sent = await send.resize({ image: { id: 1n, size }, box: size, fit: "fill" });
  const states: string[] = [];
  const watching = (async () => {
    for await (const { state, error } of sent.states()) states.push(error === "" ? state : `${state} ${error}`);
  })();
  let next = retried(sent.uuid);
  await worker.start();
  t.teardown(() => worker.stop());
  for (const [seconds, attempt] of [
    [2, 1],
    [3, 2],
    [5, 3],
  ] as const) {
    const { until, error } = await next;
    t.is(until - clock.now(), seconds * 1000);
    t.is(error, `no ${attempt}`);
    t.is((await sent.getState()).error, `no ${attempt}`);
    const [waiting] = await broker.peek(queue, "delayed", 1);
    t.is(waiting!.notBefore, until);
    t.is(decodeMessage(waiting!.body).RetryCount, 3 - attempt);
    t.is((await server.getBroker().getDelayedTasks())[0]!.UUID, sent.uuid);
    next = retried(sent.uuid);
    await clock.advance(seconds * 1000 - 1);
    t.is(seen.length, attempt);
    await clock.advance(1);
  }
  await t.throwsAsync(sent.get(), { instanceOf: TaskError, message: /no 4/ });
  await watching;
  t.deepEqual(seen, [
    [1, []],
    [2, ["no 1"]],
    [3, ["no 1", "no 2"]],
    [4, ["no 1", "no 2", "no 3"]],
  ]);
  const attempt = (n: number) => ["RECEIVED", "STARTED", n < 4 ? `RETRY no ${n}` : `FAILURE no ${n}`];
  t.deepEqual(states, ["PENDING", ...[1, 2, 3, 4].flatMap(attempt)]);
  t.deepEqual(failures, ["no 4"]);
  t.deepEqual(
    lines.filter(({ message }) => message.startsWith("task failed")).map(({ level, fields }) => [level, fields.attempt]),
    [
      ["warn", 1],
      ["warn", 2],
      ["warn", 3],
      ["error", 4],
    ],
  );
});

test("a task may ask for its own pause, as often as it likes, and end well", async (t) => {
  const clock = new ManualClock();
  const { send, work, broker, queue } = await stage(t, { clock });
  const add = () => {
    const { attempt } = taskContext();
    if (attempt < 4) throw new RetryLater(attempt * 10, `not yet: ${attempt}`);
    return BigInt(attempt);
  };
  const sent = await send.add();
  let next = retried(sent.uuid);
  await work({ handlers: dispatch({ ...handlers, add }) });
  for (const pause of [10, 20, 30]) {
    t.is((await next).until - clock.now(), pause);
    t.is(decodeMessage((await broker.peek(queue, "delayed", 1))[0]!.body).RetryCount, 0);
    next = retried(sent.uuid);
    await clock.advance(pause - 1);
    t.is((await sent.getState()).state, "RETRY");
    await clock.advance(1);
  }
  t.is(await sent.get(), 4n);
  t.is((await sent.getState()).error, "");
});

test("Fatal ends it, whatever retries are left", async (t) => {
  const { server, work } = await stage(t);
  const split = () => {
    throw new Fatal("for good");
  };
  await work({ handlers: dispatch({ ...handlers, split }) });
  const sent = await server.sendTask(tasks.split("x").with({ retry: { count: 5 } }));
  await t.throwsAsync(sent.get(), { message: /for good/ });
});

test("a chain goes on after a retry, and its waiter hears of the end alone", async (t) => {
  const clock = new ManualClock();
  const { server, work } = await stage(t, { clock });
  let failed = false;
  const add = (...terms: bigint[]) => {
    if (!failed) {
      failed = true;
      throw new Error("once");
    }
    return handlers.add(...terms) as bigint;
  };
  const sent = await server.sendChain(chain(tasks.add(1n).with({ retry: { count: 1, timeoutSeconds: 0 } }), tasks.multiply(4n)));
  await work({ handlers: dispatch({ ...handlers, add }) });
  const result = sent.get();
  await clock.advance(0);
  await clock.advance(1000);
  t.is(await result, 4n);
});

test("a task that outruns its time-out has failed then, its signal aborted; what it does later counts for nothing", async (t) => {
  const clock = new ManualClock();
  const { send, work, server } = await stage(t, { clock });
  let signal: AbortSignal | undefined;
  let goOn!: () => void;
  const resize = async ({ box }: { box: { width: number; height: number } }) => {
    signal = taskContext().signal;
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    return box;
  };
  const size = { width: 1, height: 1 };
  const sent = await server.sendTask(
    tasks.resize({ image: { id: 1n, size }, box: size, fit: "fill" }).with({ retry: { count: 0 } }),
  );
  const started = heard(events.taskStarted, ({ uuid }) => uuid === sent.uuid);
  await work({ concurrency: 1, handlers: dispatch({ ...handlers, resize }) });
  await started;
  const result = sent.get();
  await clock.advance(29_999);
  t.false(signal!.aborted);
  await clock.advance(1);
  await t.throwsAsync(result, { message: /ERR_TASK_TIMEOUT.*30000 ms/ });
  t.is((signal!.reason as { code?: string }).code, "ERR_TASK_TIMEOUT");
  t.is(await (await send.add(1n)).get(), 1n, "its slot is free");
  goOn();
  t.is(await (await send.add(1n)).get(), 1n);
  t.true((await sent.getState()).isFailure());
});

for (const [what, options, dueAfter] of [
  ["a delay", { delayMs: 1500 }, 1500],
  ["an ETA", { eta: new Date(Date.UTC(2026, 0, 1) + 12_345) }, 12_345],
  ["an ETA in the past", { eta: new Date(0) }, 0],
] as const) {
  test(`${what} is kept to the millisecond`, async (t) => {
    const clock = new ManualClock();
    const { server, work } = await stage(t, { clock });
    const sent = await server.sendTask(tasks.add(1n).with(options));
    await work();
    const result = sent.get();
    if (dueAfter > 0) {
      await clock.advance(dueAfter - 1);
      t.is((await sent.getState()).state, "PENDING");
      await clock.advance(1);
    }
    t.is(await result, 1n);
  });
}

test("a delay within a workflow begins where the task before has ended", async (t) => {
  const clock = new ManualClock();
  const { server, work } = await stage(t, { clock });
  const sent = await server.sendChain(chain(tasks.add(1n).with({ delayMs: 100 }), tasks.multiply(3n).with({ delayMs: 200 })));
  await work();
  const result = sent.get();
  await clock.advance(100);
  await clock.advance(199);
  t.is((await sent.getState()).state, "PENDING");
  await clock.advance(1);
  t.is(await result, 3n);
});

test("a state outlives the delay of its task", async (t) => {
  const clock = new ManualClock();
  const { server, work } = await stage(t, { clock, resultsExpireIn: 10 });
  const sent = await server.sendTask(tasks.add(1n).with({ delayMs: 60_000 }));
  await clock.advance(59_000);
  t.is((await sent.getState()).state, "PENDING");
  await work();
  const result = sent.get();
  await clock.advance(1000);
  t.is(await result, 1n);
  await clock.advance(10_001);
  await t.throwsAsync(sent.getState(), { code: "ERR_STATE_UNKNOWN" });
});

test("a state outlives the pause before the next attempt", async (t) => {
  const clock = new ManualClock();
  const { send, work } = await stage(t, { clock, resultsExpireIn: 10 });
  const add = () => {
    if (taskContext().attempt === 1) throw new RetryLater(60_000);
    return 1n;
  };
  const sent = await send.add();
  const next = retried(sent.uuid);
  await work({ handlers: dispatch({ ...handlers, add }) });
  await next;
  await clock.advance(59_000);
  t.is((await sent.getState()).state, "RETRY");
  const result = sent.get();
  await clock.advance(1000);
  t.is(await result, 1n);
});
