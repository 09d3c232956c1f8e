import test from "ava";
import { childTaskId, newChordId, newGroupId, newTaskId } from "../../src/util/ids.js";

const uuid7 = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

test("new ids are Machinery's prefixes and a UUID", (t) => {
  t.regex(newTaskId(), new RegExp(`^task_${uuid7}$`));
  t.regex(newGroupId(), new RegExp(`^group_${uuid7}$`));
  t.regex(newChordId(), new RegExp(`^chord_${uuid7}$`));
  const ids = Array.from({ length: 1000 }, newTaskId);
  t.is(new Set(ids).size, 1000);
  // Each random digit takes all of its values: 16, or 4 where the variant stands.
  for (const at of [15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35]) {
    t.is(new Set(ids.map((id) => id["task_".length + at])).size, at === 19 ? 4 : 16, `digit ${at}`);
  }
});

test("a new id begins with the time it was made at", (t) => {
  const before = Date.now();
  const made = Number.parseInt(newTaskId().slice("task_".length).replace("-", "").slice(0, 12), 16);
  t.true(made >= before && made <= Date.now());
});

test("a callback's id follows from its parent, and never changes between versions", (t) => {
  t.is(childTaskId("task_a", "success", 0), "task_b14ed4c8-9021-5476-9a92-b63193132078");
  t.is(childTaskId("task_a", "success", 0), childTaskId("task_a", "success", 0));
});

test("another parent, kind or index gives another id", (t) => {
  const ids = [
    childTaskId("task_a", "success", 0),
    childTaskId("task_b", "success", 0),
    childTaskId("task_a", "error", 0),
    childTaskId("task_a", "success", 1),
  ];
  t.is(new Set(ids).size, ids.length);
});
