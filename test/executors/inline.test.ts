import test from "ava";
import type { TaskContext } from "machinery-ts";
import { runInline } from "../../src/executors/inline.js";

/** Every call that a run makes of its outcome. */
async function outcomesOf(handler: () => unknown): Promise<unknown[]> {
  const calls: unknown[] = [];
  const outcome = {
    returned: (_: unknown, value: unknown) => void calls.push(["returned", value]),
    threw: (_: unknown, error: unknown) => void calls.push(["threw", error]),
  };
  runInline({} as TaskContext, (_task, run, args) => run(...args), handler, [], outcome);
  await new Promise((resolve) => setImmediate(resolve));
  return calls;
}

test("one outcome, once", async (t) => {
  t.deepEqual(await outcomesOf(() => 1), [["returned", 1]]);
  t.deepEqual(await outcomesOf(async () => 2), [["returned", 2]]);
  t.deepEqual(await outcomesOf(() => Promise.reject(3)), [["threw", 3]]);
  const thrower = () => {
    throw 4;
  };
  t.deepEqual(await outcomesOf(thrower), [["threw", 4]]);
  const restless = (yes: (value: unknown) => void, no: (error: unknown) => void) => [yes(5), no(6), yes(7)];
  t.deepEqual(await outcomesOf(() => thenable(restless)), [["returned", 5]]);
  t.deepEqual(await outcomesOf(() => thenable(thrower)), [["threw", 4]]);
});

test("a handler that returns no promise is through at once", (t) => {
  const calls: unknown[] = [];
  const outcome = { returned: (_: unknown, value: unknown) => void calls.push(value), threw: () => t.fail() };
  runInline(
    {} as TaskContext,
    (_task, run, args) => run(...args),
    (a: number, b: number) => a + b,
    [1, 2],
    outcome,
  );
  t.deepEqual(calls, [3]);
});

function thenable(then: (yes: (value: unknown) => void, no: (error: unknown) => void) => void): unknown {
  return { then };
}
