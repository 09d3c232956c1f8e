import test from "ava";
import { RollCall } from "../../src/backends/redis/roll-call.js";
import { goGroup, goState } from "./redis-stage.js";

/** A roll call of groups and states that are at hand, and how many states it has read. */
function rollCall(groups: ReadonlyMap<string, string>, states: ReadonlyMap<string, string>) {
  const seen = { reads: 0 };
  const call = new RollCall(
    async (ids) => ids.map((id) => groups.get(id) ?? null),
    async (ids) => {
      seen.reads += ids.length;
      return ids.map((id) => states.get(id) ?? null);
    },
  );
  return { call, seen };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}`);

const orders: readonly [string, (count: number) => number[]][] = [
  ["in order", (count) => Array.from({ length: count }, (_, i) => i)],
  ["in reverse", (count) => Array.from({ length: count }, (_, i) => count - 1 - i)],
  // 7 and 1,000 have no divisor in common: each member once, all over the group.
  ["all over the group", (count) => Array.from({ length: count }, (_, i) => (i * 7) % count)],
];
for (const [how, order] of orders) {
  test(`a group that ends ${how} is complete with its last member, at about a read for each`, async (t) => {
    const count = 1_000;
    const members = names(count);
    const states = new Map(members.map((id) => [id, goState(id, "STARTED")]));
    const { call, seen } = rollCall(new Map([["g", goGroup("g", members)]]), states);
    for (const [n, i] of order(count).entries()) {
      states.set(members[i]!, goState(members[i]!, n % 2 ? "SUCCESS" : "FAILURE"));
      const complete = await call.complete(new Set(["g"]));
      if (complete.has("g") !== (n === count - 1)) t.fail(`wrong after ${n + 1} members`);
    }
    t.log(`${seen.reads} reads`);
    t.true(seen.reads <= 4 * count);
  });
}

test("calls that overlap count no member twice", async (t) => {
  const members = names(100);
  const states = new Map(members.map((id) => [id, goState(id, "STARTED")]));
  const { call } = rollCall(new Map([["g", goGroup("g", members)]]), states);
  const asked = new Set(["g"]);
  t.is((await call.complete(asked)).size, 0);
  for (const id of members.slice(75)) states.set(id, goState(id, "SUCCESS"));
  for (let round = 0; round < 10; round++) {
    // Four times the quarter that has ended would be all of them.
    const all = await Promise.all([1, 2, 3, 4].map(() => call.complete(asked)));
    t.true(all.every((complete) => complete.size === 0));
  }
});

test("a group is never complete without a record, or with one that is none", async (t) => {
  const { call } = rollCall(
    new Map([
      ["junk", "{"],
      ["other", '{"TaskUUIDs":[1]}'],
    ]),
    new Map(),
  );
  t.deepEqual(await call.complete(new Set(["none", "junk", "other"])), new Set());
});

test("of many groups it forgets the oldest, and begins with them anew", async (t) => {
  const ids = Array.from({ length: 1_500 }, (_, i) => `g${i}`);
  const groups = new Map(ids.map((id) => [id, goGroup(id, [`${id}-m`])]));
  const states = new Map<string, string>();
  const { call } = rollCall(groups, states);
  for (const id of ids) t.is((await call.complete(new Set([id]))).size, 0);
  for (const id of ids) states.set(`${id}-m`, goState(id, "SUCCESS"));
  t.is((await call.complete(new Set(ids))).size, ids.length);
});
