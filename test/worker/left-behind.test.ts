import { setImmediate } from "node:timers/promises";
import test from "ava";
import { type Dispatch, ManualClock } from "machinery-ts";
import * as handlers from "../../tasks/index.js";
import { keepingLogger, type Line, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

/** Handlers of `split` with a time-out of a second, which heed no signal and end when they are told to. */
function stubborn() {
  const inside: { readonly text: string; readonly end: () => void }[] = [];
  const split = async (text: string) => {
    await new Promise<void>((end) => inside.push({ text, end }));
    return [text];
  };
  const table = dispatch({ ...handlers, split });
  const { definition, handler } = table.get("split")!;
  const limited = { definition: { ...definition, policy: { ...definition.policy, timeoutMs: 1000 } }, handler };
  return { inside, handlers: new Map([...table, ["split", limited]]) as Dispatch };
}

const told = (lines: readonly Line[], level: string): unknown[] =>
  lines
    .filter((line) => line.level === level && /handlers? /.test(line.message))
    .map(({ message, fields }) => [message.split(" ", 3).join(" "), fields.uuid]);

test("a handler that goes on after its task is named, and named again when it ends", async (t) => {
  const clock = new ManualClock();
  const { logger, lines } = keepingLogger();
  const { send, work } = await stage(t, { clock, logger });
  const { inside, handlers } = stubborn();
  await work({ handlers, concurrency: 1 });
  const sent = await send.split("a");
  await clock.advance(0);
  const result = t.throwsAsync(sent.get(), { message: /ERR_TASK_TIMEOUT/ });
  await clock.advance(1000);
  await result;
  await clock.advance(999);
  t.deepEqual(told(lines, "warn"), []);
  await clock.advance(1);
  t.deepEqual(told(lines, "warn"), [["a handler goes", sent.uuid]]);
  await clock.advance(5000);
  inside[0]!.end();
  await setImmediate();
  t.deepEqual(told(lines, "warn").slice(1), [["a handler has", sent.uuid]]);
  t.is(lines.at(-1)!.fields.afterMs, 6000);
});

test("a handler that heeds its signal in time is not worth a word", async (t) => {
  const clock = new ManualClock();
  const { logger, lines } = keepingLogger();
  const { send, work } = await stage(t, { clock, logger });
  const { inside, handlers } = stubborn();
  await work({ handlers });
  const sent = await send.split("a");
  await clock.advance(0);
  const result = t.throwsAsync(sent.get());
  await clock.advance(1000);
  await result;
  inside[0]!.end();
  await setImmediate();
  await clock.advance(5000);
  t.deepEqual(told(lines, "warn"), []);
});

test("there are never more handlers than twice the slots: those that go on, and those that run", async (t) => {
  const clock = new ManualClock();
  const { logger, lines } = keepingLogger();
  const { send, work } = await stage(t, { clock, logger });
  const { inside, handlers } = stubborn();
  await work({ handlers, concurrency: 2 });
  const sent = await send.split.many(["a", "b", "c", "d", "e", "f"].map((text) => [text]));
  for (const expected of [2, 4, 4, 4]) {
    await clock.advance(0);
    t.is(inside.length, expected);
    await clock.advance(1000);
  }
  t.deepEqual(told(lines, "error"), [["more handlers go", undefined]]);
  t.is((await sent[4]!.getState()).state, "PENDING");
  // Each that ends makes room for one.
  inside[0]!.end();
  await setImmediate();
  t.is(inside.length, 5);
  inside[1]!.end();
  await setImmediate();
  t.is(inside.length, 6);
});

test("a stop waits for handlers that go on, as long as for any", async (t) => {
  const clock = new ManualClock();
  const { send, work } = await stage(t, { clock });
  const { inside, handlers } = stubborn();
  const worker = await work({ handlers });
  const [first, second] = await send.split.many([["a"], ["b"]]);
  await clock.advance(0);
  await clock.advance(1000);
  for (const one of [first!, second!]) await t.throwsAsync(one.get());
  let stopped = 0;
  const stopping = worker.stop({ graceMs: 5000 }).then(() => stopped++);
  inside[0]!.end();
  await clock.advance(4999);
  t.is(stopped, 0);
  inside[1]!.end();
  await clock.advance(0);
  await stopping;
  t.is(stopped, 1);
});
