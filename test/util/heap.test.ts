import test from "ava";
import fc from "fast-check";
import { Heap } from "../../src/util/heap.js";

test("items come out in order, whatever goes in between", (t) => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }))), (steps) => {
      const heap = new Heap<number>((a, b) => a < b);
      const sorted: number[] = [];
      for (const item of steps) {
        if (item === null) {
          t.is(heap.pop(), sorted.shift());
        } else {
          heap.push(item);
          sorted.push(item);
          sorted.sort((a, b) => a - b);
        }
        t.is(heap.size, sorted.length);
        t.is(heap.peek(), sorted[0]);
      }
      t.deepEqual(heap.first(3), sorted.slice(0, 3));
      t.deepEqual(heap.first(Number.POSITIVE_INFINITY), sorted);
      heap.clear();
      t.is(heap.pop(), undefined);
    }),
  );
});
