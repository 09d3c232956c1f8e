import test from "ava";
import { checkOnce } from "./ledger.js";

const ledger = (...runs: number[]): string => Buffer.from(runs).toString("base64");

test("what several workers ran once each, between them, is right", (t) => {
  t.notThrows(() => checkOnce("it", 3, [ledger(1, 0, 1), ledger(0, 1, 0)]));
});

test("a lost task is told", (t) => {
  t.throws(() => checkOnce("it", 3, [ledger(1, 0, 1)]), { message: "it: of 3 tasks 1 were not run, 0 more than once" });
});

test("a task that ran twice is told, also where two workers ran it", (t) => {
  const message = "it: of 2 tasks 0 were not run, 1 more than once";
  t.throws(() => checkOnce("it", 2, [ledger(2, 1)]), { message });
  t.throws(() => checkOnce("it", 2, [ledger(1, 1), ledger(0, 1)]), { message });
});

test("an account of another number of tasks is told", (t) => {
  t.throws(() => checkOnce("it", 2, [ledger(1)]), { message: "it kept account of 1 tasks, not of 2" });
});
