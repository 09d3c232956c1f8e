import test from "ava";
import { hasOnlooker, type Wait, Waits } from "../../src/results/waits.js";

const nothing = () => {};
const wait = (onState?: () => void): Wait => ({
  resolve: nothing,
  reject: nothing,
  onState,
  deadline: 0,
  timeoutMs: 0,
  release: undefined,
  next: undefined,
});
const listOf = (first: Wait | undefined): Wait[] => (first === undefined ? [] : [first, ...listOf(first.next)]);

test("a task's waits are taken away one by one, from any place, or all at once", (t) => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
  ]) {
    const waits = new Waits();
    const three = [wait(), wait(), wait()];
    for (const one of three) waits.add("a", one);
    waits.add("b", wait());
    t.is(waits.size, 2);
    let left = [...three].reverse();
    t.true(listOf(waits.of("a")).every((one, i) => one === left[i]));
    order.forEach((index, i) => {
      t.is(waits.remove("a", three[index]!), i === 2);
      left = left.filter((one) => one !== three[index]);
      t.is(listOf(waits.of("a")).length, left.length);
      t.true(listOf(waits.of("a")).every((one, at) => one === left[at]));
    });
    t.false(waits.remove("a", three[0]!));
    t.deepEqual(waits.tasks(), ["b"]);
    t.is(listOf(waits.take("b")).length, 1);
    t.is(waits.take("b"), undefined);
    t.is(waits.size, 0);
  }
});

test("tasks take turns", (t) => {
  const waits = new Waits();
  for (const id of ["a", "b", "c", "d", "e"]) waits.add(id, wait());
  t.deepEqual(waits.turn(2), ["a", "b"]);
  t.deepEqual(waits.turn(2), ["c", "d"]);
  t.deepEqual(waits.turn(2), ["e", "a"]);
  t.deepEqual(waits.turn(5), ["b", "c", "d", "e", "a"]);
  t.deepEqual(waits.turn(5), ["b", "c", "d", "e", "a"]);
});

test("whether anybody looks on", (t) => {
  const waits = new Waits();
  waits.add("a", wait(nothing));
  t.true(hasOnlooker(waits.of("a")!));
  waits.add("a", wait());
  t.true(hasOnlooker(waits.of("a")!));
  waits.add("b", wait());
  t.false(hasOnlooker(waits.of("b")!));
});
