import test from "ava";
import fc from "fast-check";
import { SlotMap } from "../../src/util/slot-map.js";

test("it does what a Map does", (t) => {
  const key = fc.constantFrom("a", "b", "c", "d");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("set", "delete"), key, fc.nat())), (steps) => {
      const slots = new SlotMap<number>();
      const map = new Map<string, number>();
      for (const [what, at, value] of steps) {
        if (what === "set") {
          slots.set(at, value);
          map.set(at, value);
        } else t.is(slots.delete(at), map.delete(at));
        for (const one of ["a", "b", "c", "d"]) t.is(slots.get(one), map.get(one));
        t.is(slots.size, map.size);
        t.deepEqual([...slots.keys()], [...map.keys()]);
      }
    }),
  );
});
