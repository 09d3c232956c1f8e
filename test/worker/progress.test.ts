import { setImmediate } from "node:timers/promises";
import test from "ava";
import { ManualClock, type Progress, taskContext, withTaskContext } from "machinery-ts";
import { decodeProgress, progressOf } from "../../src/wire/notices.js";
import { Worker } from "../../src/worker/worker.js";
import * as handlers from "../../tasks/index.js";
import { overriding } from "./faulty.js";
import { workerParts } from "./parts.js";
import { deferred, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

/** A handler of `split` that says what it is told to say. */
function speaking() {
  const started = deferred<(done: number, total?: number) => void>();
  const goOn = deferred();
  const split = async (text: string) => {
    const { progress } = taskContext();
    started.resolve(progress);
    await goOn.promise;
    return [text];
  };
  return { started: started.promise, goOn: goOn.resolve, handlers: dispatch({ ...handlers, split }) };
}

test("who waits hears how far the task has come: the first at once, then the latest", async (t) => {
  const clock = new ManualClock();
  const { send, work } = await stage(t, { clock });
  const { started, goOn, handlers } = speaking();
  const sent = await send.split("a");
  const heard: Progress[] = [];
  const result = sent.get({ onProgress: (progress) => heard.push(progress) });
  await work({ handlers });
  const progress = await started;
  progress(0.25);
  await setImmediate();
  t.deepEqual(heard, [{ done: 0.25, total: 1 }]);
  for (let done = 1; done <= 7; done++) progress(done, 10);
  await clock.advance(99);
  t.is(heard.length, 1);
  await clock.advance(1);
  t.deepEqual(heard.slice(1), [{ done: 7, total: 10 }]);
  await clock.advance(1000);
  t.is(heard.length, 2);
  goOn();
  t.deepEqual(await result, ["a"]);
  progress(1);
  await clock.advance(1000);
  t.is(heard.length, 2);
});

test("states come with progress in between", async (t) => {
  const { send, work } = await stage(t);
  const { started, goOn, handlers } = speaking();
  const sent = await send.split("a");
  const seen: unknown[] = [];
  const watching = (async () => {
    for await (const { state } of sent.states({ onProgress: ({ done }) => seen.push(done) })) seen.push(state);
  })();
  await work({ handlers });
  const progress = await started;
  await setImmediate();
  progress(0.5);
  await setImmediate();
  goOn();
  await watching;
  t.deepEqual(seen, ["PENDING", "RECEIVED", "STARTED", 0.5, "SUCCESS"]);
});

test("every task's progress is its own", async (t) => {
  const clock = new ManualClock();
  const { send, work } = await stage(t, { clock });
  const gate = deferred();
  const split = async (text: string) => {
    taskContext().progress(Number(text), 10);
    await gate.promise;
    return [text];
  };
  const sent = await send.split.many(["1", "2", "3"].map((text) => [text]));
  const heard: number[][] = [[], [], []];
  const results = sent.map((one, i) => one.get({ onProgress: ({ done }) => heard[i]!.push(done) }));
  await work({ handlers: dispatch({ ...handlers, split }) });
  await clock.advance(100);
  t.deepEqual(heard, [[1], [2], [3]]);
  gate.resolve();
  await Promise.all(results);
});

test("what a listener throws ends its wait, and nothing else", async (t) => {
  const { send, work } = await stage(t);
  const { started, goOn, handlers } = speaking();
  const sent = await send.split("a");
  const onProgress = () => {
    throw new Error("not this way");
  };
  const first = t.throwsAsync(sent.get({ onProgress }), { message: "not this way" });
  const second = t.throwsAsync(
    async () => {
      for await (const _ of sent.states({ onProgress }));
    },
    { message: "not this way" },
  );
  const result = sent.get();
  await work({ handlers });
  (await started)(0.5);
  await Promise.all([first, second]);
  goOn();
  t.deepEqual(await result, ["a"]);
});

test("a wait with progress ends as any other, and its listening with it", async (t) => {
  const { send, server } = await stage(t);
  const sent = await send.split("a");
  const onProgress = () => {};
  const abort = new AbortController();
  const aborted = t.throwsAsync(sent.get({ onProgress, signal: abort.signal }), { code: "ERR_ABORTED" });
  abort.abort();
  await aborted;
  await t.throwsAsync(sent.get({ onProgress, timeoutMs: 0 }), { code: "ERR_TIMEOUT" });
  const waiting = t.throwsAsync(sent.get({ onProgress }), { code: "ERR_CLOSED" });
  await server.close();
  await waiting;
});

test("where the broker carries no notices a task may speak all the same", async (t) => {
  const on = await stage(t);
  const { started, goOn, handlers } = speaking();
  const deaf = overriding(on.broker, {
    capabilities: { ...on.broker.capabilities, notices: false },
    notify: () => Promise.reject(new Error("asked all the same")),
  });
  const worker = new Worker("deaf", workerParts(on.server, deaf, on.backend), { handlers });
  t.teardown(() => worker.stop({ graceMs: 0 }));
  await worker.start();
  const sent = await on.send.split("a");
  (await started)(0.5);
  goOn();
  t.deepEqual(await sent.get(), ["a"]);
});

test("numbers that make no sense say nothing, and others are kept within their bounds", (t) => {
  t.deepEqual(progressOf(-1, 10), { done: 0, total: 10 });
  t.deepEqual(progressOf(11, 10), { done: 10, total: 10 });
  for (const [done, total] of [
    [Number.NaN, 1],
    [1, 0],
    [0, 0],
    [1, -1],
    [1, Number.POSITIVE_INFINITY],
    ["1", 1],
    [1n, 2n],
  ]) {
    t.is(progressOf(done, total), undefined);
  }
  for (const text of ["", "null", "7", '{"done":1}', '{"done":"1","total":2}', '{"done":1e999,"total":2}', "\xff"]) {
    t.is(decodeProgress(Buffer.from(text)), undefined, text);
  }
});

test("a handler that speaks of its progress can be tested without a worker", (t) => {
  const said: number[] = [];
  withTaskContext({}, () => taskContext().progress(0.5));
  withTaskContext({ progress: (done) => said.push(done) }, () => taskContext().progress(0.5));
  t.deepEqual(said, [0.5]);
});
