import { setImmediate, setTimeout } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import {
  EncodedResults,
  type MachineryError,
  type Progress,
  type ServerOptions,
  signature,
  type TaskError,
  type WorkerOptions,
} from "machinery-ts";
import { tasks } from "../../generated/index.js";
import type { ThreadOptions } from "../../src/executors/threads.js";
import { decodeMessage } from "../../src/wire/message.js";
import * as handlers from "../../tasks/index.js";
import { keepingLogger, type Line, type Stage, stage } from "../worker/stage.js";
import { dispatch as inline } from "../worker/tutorial.js";
import { dispatch } from "./modules/dispatch.js";

const module = (name: string): URL => new URL(`./modules/${name}.js`, import.meta.url);
const modules = { dispatch: module("dispatch"), killAfterMs: 200 };

interface Threads extends Stage {
  split(text: string): Promise<readonly string[]>;
  /** Both threads are there, take tasks, and run them side by side. */
  whole(t: ExecutionContext): Promise<void>;
}

let meetings = 0;

/** What to send to have `count` threads meet. */
function meeting(count: number): [string[]][] {
  const name = `meeting ${++meetings}`;
  return Array.from({ length: count }, () => [[String(count), name]]);
}

/** The two threads that there are now. */
async function both({ concat }: Stage["send"]): Promise<string[]> {
  return Promise.all((await concat.many(meeting(2))).map((one) => one.get()));
}

/** A worker with two threads. */
async function threads(
  t: Pick<ExecutionContext, "teardown">,
  options: Partial<ThreadOptions> = {},
  worker: WorkerOptions = {},
  server: ServerOptions = {},
): Promise<Threads> {
  const on = await stage(t as ExecutionContext, server);
  await on.work({ handlers: dispatch, threads: { ...modules, size: 2, ...options }, ...worker });
  return {
    ...on,
    split: async (text) => (await on.send.split(text)).get(),
    whole: async (t) => {
      const sent = await on.send.concat.many(meeting(2));
      t.is(new Set(await Promise.all(sent.map((one) => one.get()))).size, 2);
    },
  };
}

/** Threads take time to start; most tests share two. */
let shared: Threads;
const teardowns: (() => unknown)[] = [];
test.before(async () => {
  shared = await threads({ teardown: (fn) => void teardowns.push(fn) }, { maxHeapMb: 40 });
});
test.after.always(async () => {
  for (const fn of teardowns) await fn();
});

test.serial("a task on a thread is like any other, and on a thread", async (t) => {
  const { server, send, split, whole } = shared;
  t.deepEqual(await split("a€😀"), ["a", "€", "😀"]);
  t.not((await split("name the thread"))[0], "0");
  t.is(await (await send.add(1n, 2n)).get(), 3n);
  const args = [{ type: "string", value: "know itself" }] as const;
  const sent = await server.sendTask(signature({ name: "split", args, headers: { trace: "t1" } }));
  t.deepEqual(await sent.get(), [sent.uuid, "split", "vec", "1", "t1", "false"]);
  await whole(t);
});

/** How often each is done, the threads being whole after each: what goes wrong now and then is to show. */
const times = 20;

const faults: [way: string, error: RegExp | string][] = [
  ["throw an error", "boom"],
  ["throw an error of its own class", "odd"],
  ["throw null", "non-Error thrown: null"],
  ["throw undefined", "non-Error thrown: undefined"],
  ["throw a function", "non-Error thrown: a function"],
  ["reject later", "rejected later"],
  ["throw in a timer", "thrown in a timer"],
  ["exit with 0", /^\[ERR_THREAD_DIED\] split: .*process\.exit\(0\)/],
  ["exit with 3", /^\[ERR_THREAD_DIED\] split: .*process\.exit\(3\)/],
  ["take all memory", /^\[ERR_THREAD_DIED\] split: the thread ran out of memory/],
  ["return a function", /^\[ERR_RESULT_/],
  ["return what cannot be cloned", /^\[ERR_RESULT_VALUE\]/],
  ["return nothing", /^\[ERR_RESULT_/],
  ["fail for good", "for good"],
];

for (const [way, expected] of faults) {
  test.serial(`a handler may ${way}: its own task fails and says so, and the threads are whole after it`, async (t) => {
    const { split, whole } = shared;
    for (let i = 0; i < times; i++) {
      const neighbour = split("ab");
      const error = await t.throwsAsync<TaskError>(split(way));
      if (typeof expected === "string") t.is(error!.taskMessage, expected);
      else t.regex(error!.taskMessage, expected);
      t.deepEqual(await neighbour, ["a", "b"]);
      await whole(t);
    }
  });
}

test.serial("a result that nests too deep fails its task", async (t) => {
  const size = { width: 1, height: 1 };
  for (let i = 0; i < times; i++) {
    const sent = await shared.send.resize({ image: { id: 1n, size }, box: size, fit: "fill" });
    await t.throwsAsync(sent.get(), { message: /ERR_RESULT_(DEPTH|VALUE)/ });
    await shared.whole(t);
  }
});

const ends = [
  ["for ever", "its thread is ended"],
  ["on, in spite of the signal", "its thread is ended"],
  ["until the signal", "its thread stays"],
  ["until the signal, in a loop", "its thread stays"],
] as const;

for (const [way, ended] of ends) {
  test.serial(`a task that runs ${way} fails at its time-out, and ${ended}`, async (t) => {
    // A thread that heeds its signal has all the time that a busy machine may take.
    const { send, whole } = ended === "its thread stays" ? await threads(t, { killAfterMs: 30_000 }) : shared;
    const same = ended === "its thread stays" ? 2 : 0;
    let before = await both(send);
    for (let i = 0; i < times; i += 2) {
      const sent = await Promise.all([send.fail(way), send.fail(way)]);
      const message = /^\[ERR_TASK_TIMEOUT\] fail: the task ran longer than its time-out of 150 ms/;
      for (const one of sent) t.regex((await t.throwsAsync<TaskError>(one.get()))!.taskMessage, message);
      await whole(t);
      const after = await both(send);
      t.is(before.filter((thread) => after.includes(thread)).length, same);
      before = after;
    }
  });
}

for (const [way, ended] of ends) {
  test.serial(`a task that runs ${way} ends when it is cancelled, and ${ended}`, async (t) => {
    const stays = ended === "its thread stays";
    const { server, send, whole } = stays ? await threads(t, { killAfterMs: 30_000 }) : shared;
    let before = await both(send);
    for (let i = 0; i < times; i += 8) {
      const sent = await Promise.all([send.split(way), send.split(way)]);
      for (const one of sent) while ((await one.getState()).state !== "STARTED") await setImmediate();
      for (const { cancelled } of await server.cancel(sent.map(({ uuid }) => uuid))) t.true(cancelled);
      for (const one of sent) {
        const { taskMessage } = (await t.throwsAsync<TaskError>(one.get()))!;
        t.is(taskMessage, "[ERR_TASK_CANCELLED] split: the task was cancelled.");
      }
      await whole(t);
      const after = await both(send);
      t.is(before.filter((thread) => after.includes(thread)).length, stays ? 2 : 0);
      before = after;
    }
  });
}

test.serial("a task that waits for a thread is cancelled, and the one on the thread is not", async (t) => {
  const { server, send, split } = await threads(t, { size: 1 });
  const [first, second] = await send.concat.many(meeting(2));
  while ((await second!.getState()).state !== "STARTED") await setImmediate();
  t.like(await server.cancel(second!.uuid), { cancelled: true, before: "STARTED" });
  t.is((await first!.getState()).state, "STARTED");
  t.like(await server.cancel(first!.uuid), { cancelled: true, before: "STARTED" });
  t.deepEqual(await split("ab"), ["a", "b"]);
});

test.serial("a task whose thread was ended at its time-out is tried again, where it has retries left", async (t) => {
  // Another one, should a busy machine take all of the second attempt's time to start its thread.
  const retry = { count: 4, timeoutSeconds: 0 };
  const sent = await shared.server.sendTask(tasks.fail("for ever, at first").with({ retry }));
  t.is(await sent.get(), "at last");
  await shared.whole(t);
});

test.serial("RetryLater is understood on a thread", async (t) => {
  t.deepEqual(await shared.split("retry later"), ["not now"]);
});

test.serial("an error that a task leaves behind fails nobody's task, and is told", async (t) => {
  const { logger, lines } = keepingLogger();
  const { send, split } = await threads(t, { size: 1 }, {}, { logger });
  t.deepEqual(await split("leave an error behind"), []);
  const told = await logged(lines, "outside of the task");
  const next = await send.split.many([["count on this thread"], ["count on this thread"], ["count on this thread"]]);
  const counts = await Promise.all(next.map((one) => one.get()));
  t.is(told.level, "error");
  t.is(told.fields.task, "split");
  t.is((told.fields.err as Error).message, "left behind");
  // On another thread from the second on.
  t.deepEqual(counts, [["1"], ["1"], ["2"]]);
});

test.serial("a task on a thread logs as any other does", async (t) => {
  const { logger, lines } = keepingLogger();
  const { send } = await threads(t, { size: 1 }, {}, { logger });
  const sent = await send.split("know itself");
  await sent.get();
  const line = await logged(lines, "hello from a thread");
  t.is(line.level, "info");
  t.like(line.fields, { worker: "w1", task: "split", uuid: sent.uuid, answer: 42 });
});

test.serial("progress is heard from a thread that never yields, and of a flood no more than its share", async (t) => {
  const heard: Progress[] = [];
  const sent = await shared.send.split("speak in a loop");
  const [said] = await sent.get({ onProgress: (progress) => heard.push(progress) });
  t.true(Number(said) > heard.length * 10, `${said} said, ${heard.length} heard`);
  t.true(heard.length >= 2);
  t.deepEqual(
    heard.map(({ done }) => done),
    heard.map(({ done }) => done).sort((a, b) => a - b),
  );
});

test.serial("arguments that do not fit are a dead letter, as they are on the loop", async (t) => {
  const { server, broker, queue, publish } = shared;
  const message = { UUID: "odd", Name: "split", Args: [{ Type: "string", Value: 7 }], RoutingKey: "vec", Headers: {} };
  await publish(JSON.stringify(message));
  await t.throwsAsync(server.asyncResult("odd").get(), { message: /ERR_ARG_VALUE/ });
  t.is((await broker.inspect(queue)).dead, 1);
});

const large = "x".repeat(100_000);

test.serial("large arguments are not read on the loop, and are whole on the thread, after a retry too", async (t) => {
  const { send, whole } = shared;
  for (const text of [`length of ${large}`, `length at last of ${large}`]) {
    t.deepEqual(await (await send.split(text)).get(), [String(text.length)]);
  }
  await whole(t);
});

test.serial("large arguments that are no JSON are found out on the thread: a dead letter", async (t) => {
  const { server, broker, queue, publish } = shared;
  const { dead } = await broker.inspect(queue);
  const fields = { UUID: "broken", Name: "split", RoutingKey: "vec", ETA: null, GroupUUID: "", GroupTaskCount: 0 };
  const others = {
    Headers: {},
    Immutable: false,
    RetryCount: 0,
    RetryTimeout: 0,
    OnSuccess: null,
    OnError: null,
    ChordCallback: null,
  };
  await publish(`${JSON.stringify(fields).slice(0, -1)},"Args":["${large},${JSON.stringify(others).slice(1)}`);
  await t.throwsAsync(server.asyncResult("broken").get(), { message: /ERR_MSG_JSON/ });
  t.is((await broker.inspect(queue)).dead, dead + 1);
});

test.serial("threads are replaced after so many tasks", async (t) => {
  const { split } = await threads(t, { size: 1, maxTasks: 3 });
  const counts: string[] = [];
  for (let i = 0; i < 7; i++) counts.push((await split("count on this thread"))[0]!);
  t.deepEqual(counts, ["1", "2", "3", "1", "2", "3", "1"]);
});

test.serial("a stop ends the threads; what runs there, or waits for one, goes back in order", async (t) => {
  const on = await stage(t);
  const worker = await on.work({ handlers: dispatch, threads: { ...modules, size: 1 } });
  const sent = await on.send.concat.many(meeting(3));
  while ((await sent[2]!.getState()).state !== "STARTED") await setImmediate();
  await worker.stop({ graceMs: 0 });
  t.deepEqual(await on.broker.inspect(on.queue), { pending: 3, delayed: 0, claimed: 0, dead: 0 });
  const waiting = await on.broker.peek(on.queue, "pending", 3);
  t.deepEqual(
    waiting.map(({ body }) => decodeMessage(body).UUID),
    sent.map(({ uuid }) => uuid),
  );
  t.is((await sent[0]!.getState()).state, "STARTED");
});

test.serial("an idle thread is ended, and another one takes its place", async (t) => {
  const { split } = await threads(t, { size: 1, idleMs: 0 });
  t.deepEqual(await split("count on this thread"), ["1"]);
  await setTimeout(100);
  t.deepEqual(await split("count on this thread"), ["1"]);
});

test.serial("a task on a thread passes the middlewares, which may put a value in the place of its results", async (t) => {
  const seen: unknown[] = [];
  const { split } = await threads(
    t,
    { size: 1 },
    {
      middleware: [
        async (task, next) => {
          const value = await next();
          seen.push([task.name, value]);
          return (value as EncodedResults).json.includes('"s"') ? ["hidden"] : value;
        },
      ],
    },
  );
  t.deepEqual(await split("ab"), ["a", "b"]);
  t.deepEqual(await split("secret"), ["hidden"]);
  t.deepEqual(seen[0], ["split", new EncodedResults('[{"Type":"[]string","Value":["a","b"]}]')]);
  await t.throwsAsync(split("throw an error"), { message: /boom/ });
});

test.serial("a worker without threads does not start where a task wants one", async (t) => {
  const { work } = await stage(t);
  const error = await t.throwsAsync<MachineryError>(work({ handlers: dispatch }), { code: "ERR_CONFIG" });
  t.regex(error!.message, /threads: .* wants threads for split, fail, resize.*newWorker/);
});

test.serial("threads are not started where no task wants one", async (t) => {
  const { work, send } = await stage(t);
  await work({ handlers: inline(handlers), threads: { dispatch: module("throws") } });
  t.is(await (await send.add(1n)).get(), 1n);
});

const broken: [name: string, code: string, message: RegExp][] = [
  ["throws", "ERR_PROJECT", /a thread cannot load the modules: this module is broken$/],
  ["exits", "ERR_THREAD_DIED", /the modules: .*process\.exit\(7\)/],
  ["not-there", "ERR_PROJECT", /Cannot find module .*not-there/],
  ["no-table", "ERR_PROJECT", /no-table\.js: exports no dispatch table/],
  ["other-contract", "ERR_CONFIG", /do not have fail, resize, concat|another contract for split/],
];

for (const [name, code, message] of broken) {
  test.serial(`a worker does not start with modules for threads like ${name}`, async (t) => {
    const { work } = await stage(t);
    await t.throwsAsync(work({ handlers: dispatch, threads: { dispatch: module(name), size: 1 } }), { code, message } as never);
  });
}

test.serial("options that make no sense are refused", async (t) => {
  const { work } = await stage(t);
  const url = module("dispatch");
  for (const [at, threads] of [
    ["size", { dispatch: url, size: 0 }],
    ["size", { dispatch: url, size: 1.5 }],
    ["idleMs", { dispatch: url, idleMs: -1 }],
    ["maxTasks", { dispatch: url, maxTasks: -1 }],
    ["maxHeapMb", { dispatch: url, maxHeapMb: 1 }],
    ["killAfterMs", { dispatch: url, killAfterMs: Number.NaN }],
    ["dispatch", { dispatch: "./dispatch.js" }],
    ["dispatch", { dispatch: "data:text/javascript,1" }],
    ["handlers", { dispatch: url, handlers: "https://example.org/handlers.js" }],
  ] as const) {
    await t.throwsAsync(work({ handlers: dispatch, threads }), {
      code: "ERR_CONFIG",
      message: new RegExp(`threads\\.${at}: must be`),
    } as never);
  }
});

/** Lines come a way of their own, and may come after the results. */
async function logged(lines: readonly Line[], text: string): Promise<Line> {
  for (;;) {
    const line = lines.find(({ message }) => message.includes(text));
    if (line) return line;
    await setImmediate();
  }
}
