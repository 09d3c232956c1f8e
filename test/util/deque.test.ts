import test from "ava";
import fc from "fast-check";
import { Deque } from "../../src/util/deque.js";

type Step = "push" | "unshift" | "shift" | "clear";

test("a deque is an array, whatever is done to it", (t) => {
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant<Step>("push") },
      { weight: 3, arbitrary: fc.constant<Step>("unshift") },
      { weight: 6, arbitrary: fc.constant<Step>("shift") },
      { weight: 1, arbitrary: fc.constant<Step>("clear") },
    ),
    { maxLength: 300, size: "max" },
  );
  fc.assert(
    fc.property(steps, (taken) => {
      const deque = new Deque<number>();
      let array: number[] = [];
      for (const [i, step] of taken.entries()) {
        if (step === "push") {
          deque.push(i);
          array.push(i);
        } else if (step === "unshift") {
          deque.unshift(i);
          array.unshift(i);
        } else if (step === "shift") {
          if (deque.shift() !== array.shift()) return false;
        } else {
          deque.clear();
          array = [];
        }
        if (deque.size !== array.length) return false;
      }
      t.deepEqual(deque.first(Number.POSITIVE_INFINITY), array);
      t.deepEqual(deque.first(3), array.slice(0, 3));
      return true;
    }),
  );
});

test("a large deque works off in order and is as new afterwards", (t) => {
  const deque = new Deque<number>();
  for (let round = 0; round < 2; round++) {
    const items = Array.from({ length: 10_000 }, (_, i) => i);
    for (const item of items) deque.push(item);
    t.deepEqual(
      items.map(() => deque.shift()),
      items,
    );
    t.is(deque.shift(), undefined);
    t.is(deque.size, 0);
  }
});
