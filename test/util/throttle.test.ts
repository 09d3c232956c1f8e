import test from "ava";
import { ManualClock } from "../../src/util/clock.js";
import { Throttle } from "../../src/util/throttle.js";

function throttle() {
  const clock = new ManualClock();
  const handed: number[] = [];
  return { clock, handed, throttle: new Throttle<number>(clock, 100, (value) => handed.push(value)) };
}

test("the first at once, then the latest, and never two within the time", async (t) => {
  const { clock, handed, throttle: one } = throttle();
  for (let value = 1; value <= 5; value++) one.offer(value);
  t.deepEqual(handed, [1]);
  await clock.advance(99);
  t.deepEqual(handed, [1]);
  await clock.advance(1);
  t.deepEqual(handed, [1, 5]);
  await clock.advance(1000);
  one.offer(6);
  one.offer(7);
  t.deepEqual(handed, [1, 5, 6]);
  await clock.advance(100);
  t.deepEqual(handed, [1, 5, 6, 7]);
});

test("where no timer fires, the next value that is late enough is handed on", (t) => {
  let now = 0;
  const handed: number[] = [];
  const one = new Throttle<number>({ now: () => now, after: () => ({ cancel: () => {} }) }, 100, (value) => handed.push(value));
  for (now = 0; now <= 250; now += 50) one.offer(now);
  t.deepEqual(handed, [0, 100, 200]);
});

test("a clock that is set back delays nothing for longer", (t) => {
  let now = 1_000_000;
  const handed: number[] = [];
  const one = new Throttle<number>({ now: () => now, after: () => ({ cancel: () => {} }) }, 100, (value) => handed.push(value));
  one.offer(1);
  now = 0;
  one.offer(2);
  t.deepEqual(handed, [1, 2]);
});

test("what waits can be handed on early, or taken out", async (t) => {
  const { clock, handed, throttle: one } = throttle();
  t.is(one.take(), undefined);
  one.flush();
  one.offer(1);
  one.offer(2);
  one.flush();
  t.deepEqual(handed, [1, 2]);
  one.offer(3);
  t.deepEqual(one.take(), { value: 3 });
  await clock.advance(1000);
  t.deepEqual(handed, [1, 2]);
});
