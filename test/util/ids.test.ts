import test from "ava";
import { childTaskId, newChordId, newGroupId, newTaskId } from "../../src/util/ids.js";

const now = Date.UTC(2026, 0, 1, 1, 2, 3, 4);
const uuid7 = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

test("new ids are Machinery's prefixes and a UUID", (t) => {
  t.regex(newTaskId(now), new RegExp(`^task_${uuid7}$`));
  t.regex(newGroupId(now), new RegExp(`^group_${uuid7}$`));
  t.regex(newChordId(now), new RegExp(`^chord_${uuid7}$`));
  const ids = Array.from({ length: 1000 }, () => newTaskId(now));
  t.is(new Set(ids).size, 1000);
  // Each random digit takes all of its values: 16, or 4 where the variant stands.
  for (const at of [15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35]) {
    t.is(new Set(ids.map((id) => id["task_".length + at])).size, at === 19 ? 4 : 16, `digit ${at}`);
  }
});

test("a new id begins with the time it was made at", (t) => {
  t.is(newTaskId(now).slice(0, "task_".length + 13), "task_019b7713-76fc");
  t.is(newTaskId(now + 1.5).slice(0, "task_".length + 13), "task_019b7713-76fd");
  t.true(newTaskId(now + 2) > newTaskId(now + 1));
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
