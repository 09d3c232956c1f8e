import test from "ava";
import { type MachineryError, ManualClock, taskContext } from "machinery-ts";
import { decodeMessage } from "../../src/wire/message.js";
import * as handlers from "../../tasks/index.js";
import { deferred, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

test("what runs is finished, what waits is left", async (t) => {
  const { send, work, broker, queue } = await stage(t);
  const started = deferred();
  const goOn = deferred();
  const split = async (text: string) => {
    started.resolve();
    await goOn.promise;
    return [text];
  };
  const [first, second] = await send.split.many([["a"], ["b"]]);
  const worker = await work({ concurrency: 1, handlers: dispatch({ ...handlers, split }) });
  await started.promise;
  const stopped = worker.stop();
  t.is(worker.stop(), stopped);
  goOn.resolve();
  await stopped;
  t.deepEqual(await first!.get(), ["a"]);
  t.is((await second!.getState()).state, "PENDING");
  t.deepEqual(await broker.inspect(queue), { pending: 1, delayed: 0, claimed: 0, dead: 0 });
  await worker.stop();
});

for (const [what, ending] of [
  ["ends with its signal", (signal: AbortSignal) => signal.throwIfAborted()],
  ["returns early at its signal", () => {}],
] as const) {
  test(`a task that ${what} when the grace is over has not failed, and is given back in order`, async (t) => {
    const clock = new ManualClock();
    const { send, work, broker, queue } = await stage(t, { clock });
    const bothStarted = deferred();
    let started = 0;
    const aborted: unknown[] = [];
    const split = async (text: string) => {
      const { signal } = taskContext();
      if (++started === 2) bothStarted.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      aborted.push((signal.reason as MachineryError).code);
      ending(signal);
      return [text];
    };
    const sent = await send.split.many([["a"], ["b"], ["c"]]);
    const worker = await work({ concurrency: 2, handlers: dispatch({ ...handlers, split }) });
    await bothStarted.promise;
    const stopped = worker.stop({ graceMs: 1000 });
    await clock.advance(0);
    await clock.advance(999);
    t.deepEqual(aborted, []);
    await clock.advance(1);
    await stopped;
    t.deepEqual(aborted, ["ERR_WORKER_STOPPED", "ERR_WORKER_STOPPED"]);
    t.deepEqual(await broker.inspect(queue), { pending: 3, delayed: 0, claimed: 0, dead: 0 });
    const waiting = (await broker.peek(queue, "pending", 10)).map(({ body }) => decodeMessage(body).UUID);
    t.deepEqual(
      waiting,
      sent.map(({ uuid }) => uuid),
    );
    t.is((await sent[0]!.getState()).state, "STARTED");
    await work();
    t.deepEqual(await Promise.all(sent.map((one) => one.get())), [["a"], ["b"], ["c"]]);
  });
}

test("a task that never asked for its signal, and ends after the grace, has ended", async (t) => {
  const { send, work } = await stage(t);
  const started = deferred();
  const goOn = deferred();
  const split = async (text: string) => {
    started.resolve();
    await goOn.promise;
    return [text, "late"];
  };
  const sent = await send.split("a");
  const worker = await work({ handlers: dispatch({ ...handlers, split }) });
  await started.promise;
  await worker.stop({ graceMs: 0 });
  goOn.resolve();
  t.deepEqual(await sent.get(), ["a", "late"]);
  // Its message is there again, and its state is not touched by that.
  await work();
  await (await send.add(1n)).get();
  t.deepEqual(await sent.get(), ["a", "late"]);
});

test("stopping before the start is no error, and the last word", async (t) => {
  const { server } = await stage(t);
  const worker = server.newWorker("w");
  await worker.stop();
  await t.throwsAsync(worker.start(), { code: "ERR_CLOSED" });
  await t.throwsAsync(worker.launch(), { code: "ERR_CLOSED" });
});

test("a worker starts once", async (t) => {
  const { work } = await stage(t);
  const worker = await work();
  await t.throwsAsync(worker.start(), { code: "ERR_CLOSED" });
});

test("stopping while it starts", async (t) => {
  const { server, send, broker, queue } = await stage(t);
  await send.add(1n);
  const worker = server.newWorker("w", { handlers: dispatch(handlers) });
  const launched = worker.launch();
  await worker.stop();
  await launched;
  const { claimed } = await broker.inspect(queue);
  t.is(claimed, 0);
});

test("launch ends when the worker is stopped", async (t) => {
  const { server, send } = await stage(t);
  const worker = server.newWorker("w", { handlers: dispatch(handlers) });
  const launched = worker.launch();
  t.is(await (await send.add(1n)).get(), 1n);
  await worker.stop();
  await launched;
});

test("closing the server stops its workers", async (t) => {
  const { server, send } = await stage(t);
  const worker = server.newWorker("w", { handlers: dispatch(handlers) });
  const launched = worker.launch();
  await (await send.add(1n)).get();
  await server.close();
  await launched;
  t.pass();
});
