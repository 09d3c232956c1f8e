import test from "ava";
import fc from "fast-check";
import { Interests } from "../../src/util/interests.js";

test("an id is wanted as long as anybody watches it; all its states, as long as anybody wants all", (t) => {
  const interests = new Interests<string>();
  t.false(interests.wanted("x", true));
  interests.add("x", "first", false);
  interests.add("x", "second", true);
  t.deepEqual([interests.wanted("x", true), interests.wanted("x", false), interests.wanted("y", true)], [true, true, false]);
  interests.remove("x", "second");
  t.deepEqual([interests.wanted("x", true), interests.wanted("x", false)], [true, false]);
  interests.remove("x", "first");
  t.false(interests.wanted("x", true));
  t.is(interests.size, 0);
});

const watches = ["a", "b", "c"];
const ids = ["x", "y"];

test("whatever is added and removed, it knows who watches what", (t) => {
  const step = fc.record({
    what: fc.constantFrom("add", "remove", "removeAll"),
    watch: fc.constantFrom(...watches),
    id: fc.constantFrom(...ids),
    all: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const interests = new Interests<string>();
      const expected = new Map<string, Map<string, boolean>>(ids.map((id) => [id, new Map()]));
      for (const { what, watch, id, all } of steps) {
        const watching = expected.get(id)!;
        if (what === "add") {
          interests.add(id, watch, all);
          watching.set(watch, all || watching.get(watch) === true);
        } else if (what === "remove") {
          interests.remove(id, watch);
          watching.delete(watch);
        } else {
          interests.removeAll(watch);
          for (const other of expected.values()) other.delete(watch);
        }
      }
      for (const [id, watching] of expected) {
        t.deepEqual(
          watches.filter((watch) => interests.has(id, watch)),
          watches.filter((watch) => watching.has(watch)),
        );
        t.is(interests.wanted(id, true), watching.size > 0);
        t.is(interests.wanted(id, false), [...watching.values()].includes(true));
        const found: string[] = [];
        for (let one = interests.of(id); one !== undefined; one = one.next) found.push(one.watch);
        t.deepEqual(found.sort(), [...watching.keys()].sort());
      }
      t.deepEqual(
        [...interests.ids()].sort(),
        ids.filter((id) => expected.get(id)!.size > 0),
      );
    }),
  );
});
