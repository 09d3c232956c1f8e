import test from "ava";
import fc from "fast-check";
import { Bag } from "../../src/util/bag.js";

const names = (items: { [Symbol.iterator](): Iterator<{ name: number }> }) => Array.from(items, ({ name }) => name).sort();

test("it holds what was put into it and not taken out", (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("add", "delete"), fc.nat(5))), (steps) => {
      const items = Array.from({ length: 6 }, (_, name) => ({ name, place: -1 }));
      const bag = new Bag<(typeof items)[0]>();
      const set = new Set<(typeof items)[0]>();
      for (const [what, index] of steps) {
        const item = items[index]!;
        if (what === "delete") t.is(bag.delete(item), set.delete(item));
        else if (!set.has(item)) {
          bag.add(item);
          set.add(item);
        }
        for (const one of items) t.is(bag.has(one), set.has(one));
        t.is(bag.size, set.size);
        t.deepEqual(names(bag), names(set));
      }
      t.deepEqual(names(bag.empty()), names(set));
      t.is(bag.size, 0);
      t.false(items.some((one) => bag.has(one)));
    }),
  );
});

test("an item of another bag is not taken for its own", (t) => {
  const [one, other] = [new Bag<{ place: number }>(), new Bag<{ place: number }>()];
  const item = { place: -1 };
  one.add(item);
  other.add({ place: -1 });
  t.false(other.has(item));
  t.false(other.delete(item));
  t.true(one.has(item));
});
