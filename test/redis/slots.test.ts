import test from "ava";
import { slotOf, tagFor } from "../../src/redis/slots.js";

test("slots are those of Redis", (t) => {
  // CLUSTER KEYSLOT of Redis 7.0
  const known: [string, number][] = [
    ["machinery_tasks", 5946],
    ["delayed_tasks", 16048],
    ["{machinery_tasks}:p:w1", 5946],
    ["a}b", 7866],
    ["q{x}y", 16287],
    ["{}z", 2337],
    ["", 0],
  ];
  for (const [key, slot] of known) t.is(slotOf(key), slot, key);
});

test("keys with the tag of a name are where the name is", (t) => {
  for (const name of ["machinery_tasks", "a}b", "q{x}y", "{}z", "{}", "}{", "{", "}", "a{b", "{{x}}", "é{ü}", "x{}{y}"]) {
    t.is(slotOf(`{${tagFor(name)}}:p:dead`), slotOf(name), name);
  }
  t.is(tagFor("machinery_tasks"), "machinery_tasks");
  t.is(tagFor("q{x}y"), "x");
});
