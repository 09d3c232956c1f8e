import test from "ava";
import { Fatal, TaskError } from "machinery-ts";
import { MAX_ERROR_BYTES } from "../../src/util/error-text.js";
import * as handlers from "../../tasks/index.js";
import { stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

/** Sends `split("x")` to a worker whose handler of it is `run`; what its state says in the end. */
async function errorOf(t: Parameters<typeof stage>[0], run: () => unknown): Promise<string> {
  const { send, work } = await stage(t);
  await work({ handlers: dispatch({ ...handlers, split: run as never }) });
  const sent = await send.split("x");
  const error = await t.throwsAsync<TaskError>(sent.get(), { instanceOf: TaskError });
  // The worker goes on.
  t.is(await (await send.add(1n, 1n)).get(), 2n);
  t.is((await sent.getState()).error, error!.taskMessage);
  return error!.taskMessage;
}

const thrown: [string, () => unknown, string | RegExp][] = [
  ["an error", () => fail(new Error("boom")), "boom"],
  ["an error without a message", () => fail(new RangeError()), "RangeError"],
  ["an error of another kind", () => fail(new Fatal("for good")), "for good"],
  ["null", () => fail(null), "non-Error thrown: null"],
  ["undefined", () => fail(undefined), "non-Error thrown: undefined"],
  ["a string", () => fail("text"), "non-Error thrown: text"],
  ["an object", () => fail({}), "non-Error thrown: {}"],
  ["a bigint", () => fail(7n), "non-Error thrown: 7n"],
  ["a function", () => fail(() => {}), "non-Error thrown: a function"],
  ["an object that cannot be written", () => fail({ toJSON: () => fail(new Error("no")) }), "non-Error thrown: [object Object]"],
  ["a message that is no string", () => fail(Object.assign(new Error("x"), { message: 42 })), "42"],
  [
    "an error whose message cannot be read",
    () =>
      fail(
        Object.defineProperties(new Error("x"), {
          message: { get: () => fail(new Error("no")) },
          name: { get: () => fail(new Error("no")) },
        }),
      ),
    "an error whose message cannot be read",
  ],
  ["a rejection", async () => fail(new Error("later")), "later"],
  ["a rejection with nothing", async () => fail(undefined), "non-Error thrown: undefined"],
  ["a `then` that throws", () => thenable(() => fail(new Error("then"))), "then"],
  ["a `then` that rejects twice", () => thenable((_, no) => [no(new Error("once")), no(new Error("twice"))]), "once"],
  ["a result of another type", () => 7, /^\[ERR_RESULT_\w+\]/],
  ["no result", () => undefined, /^\[ERR_RESULT_\w+\]/],
  ["a result with an item of another type", () => ["a", 1], /^\[ERR_RESULT_VALUE\]/],
  ["a function for a result", () => () => {}, /^\[ERR_RESULT_\w+\]/],
];

for (const [what, run, expected] of thrown) {
  test(`${what} fails the task and is told`, async (t) => {
    const text = await errorOf(t, run);
    if (typeof expected === "string") t.is(text, expected);
    else t.regex(text, expected);
  });
}

test("a message of a megabyte is cut to 8 KiB, between two characters", async (t) => {
  for (const character of ["a", "é", "€", "😀"]) {
    for (const shift of ["", "x", "xx", "xxx"]) {
      const text = await errorOf(t, () => fail(new Error(shift + character.repeat(2 ** 20 / Buffer.byteLength(character)))));
      t.true(Buffer.byteLength(text) <= MAX_ERROR_BYTES);
      t.true(Buffer.byteLength(text) > MAX_ERROR_BYTES - 20);
      t.true(text.endsWith("... (cut)"));
      t.true(text.isWellFormed());
      t.is(text.replace("... (cut)", "").slice(shift.length).replaceAll(character, ""), "");
    }
  }
});

test("half a surrogate pair in a message becomes the replacement character", async (t) => {
  t.is(await errorOf(t, () => fail(new Error("a\ud83d"))), "a\ufffd");
});

test("floats that JSON cannot hold", async (t) => {
  const { send, work } = await stage(t);
  await work({
    handlers: dispatch({ ...handlers, sum_floats: ([first]) => (first === 0 ? Number.NaN : Number.POSITIVE_INFINITY) }),
  });
  await t.throwsAsync((await send.sum_floats([0])).get(), { message: /ERR_RESULT_(VALUE|RANGE)/ });
  await t.throwsAsync((await send.sum_floats([1])).get(), { message: /ERR_RESULT_(VALUE|RANGE)/ });
});

test("integers out of their range, and too few or too many results", async (t) => {
  const { send, work } = await stage(t);
  let result: unknown;
  await work({ handlers: dispatch({ ...handlers, add: () => 2n ** 63n, slices: () => result as never }) });
  await t.throwsAsync((await send.add(1n)).get(), { message: /ERR_RESULT_RANGE/ });
  const call = () => send.slices([], [], [], [], [], [], [], new Uint8Array(), [], [], [], [], [], []);
  for (const wrong of [[], [1], "x", {}]) {
    result = wrong;
    await t.throwsAsync((await call()).get(), { message: /ERR_RESULT_(COUNT|TYPE)/ });
  }
});

test("a result that nests too deep, of a task that may be retried: its handler is not called again", async (t) => {
  const { send, work } = await stage(t);
  let deep: unknown = {};
  for (let i = 0; i < 20_000; i++) deep = { deep };
  let calls = 0;
  await work({ handlers: dispatch({ ...handlers, resize: () => [calls++, deep][1] as never }) });
  const size = { width: 1, height: 1 };
  const sent = await send.resize({ image: { id: 1n, size }, box: size, fit: "fill" });
  await t.throwsAsync(sent.get(), { message: /ERR_RESULT_(DEPTH|VALUE)/ });
  t.is(calls, 1);
});

function fail(error: unknown): never {
  throw error;
}

function thenable(then: (yes: (value: unknown) => void, no: (error: Error) => void) => void): unknown {
  return { then };
}
