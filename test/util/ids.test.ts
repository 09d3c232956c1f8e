import test from "ava";
import { childTaskId, newChordId, newGroupId, newTaskId } from "../../src/util/ids.js";

const uuid4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

test("new ids are Machinery's prefixes and a random UUID", (t) => {
  t.regex(newTaskId(), new RegExp(`^task_${uuid4}$`));
  t.regex(newGroupId(), new RegExp(`^group_${uuid4}$`));
  t.regex(newChordId(), new RegExp(`^chord_${uuid4}$`));
  t.is(new Set(Array.from({ length: 1000 }, newTaskId)).size, 1000);
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
