import test from "ava";
import { backoffMs, nextFibonacci } from "../../src/util/backoff.js";

test("the Fibonacci number above each start is Machinery's", (t) => {
  const expected = [1, 2, 3, 5, 5, 8, 8, 8, 13, 13, 13, 13, 13, 21];
  t.deepEqual(
    expected.map((_, start) => nextFibonacci(start)),
    expected,
  );
  t.is(nextFibonacci(-1), 1);
});

test("the back-off doubles up to its limit", (t) => {
  const longest = (failures: number) => backoffMs(failures, { baseMs: 100, maxMs: 1000, random: () => 1 - Number.EPSILON });
  t.deepEqual([0, 1, 2, 3, 4, 2000].map(longest), [99, 199, 399, 799, 999, 999]);
});

test("the jitter goes down to nothing", (t) => {
  t.is(backoffMs(5, { baseMs: 100, maxMs: 1000, random: () => 0 }), 0);
});
