import test from "ava";
import fc from "fast-check";
import { delay, ManualClock, systemClock } from "../../src/util/clock.js";

test("a manual clock stands still until it is moved", async (t) => {
  const clock = new ManualClock(1000);
  let fired = 0;
  clock.after(10, () => fired++);
  await clock.advance(9);
  t.deepEqual([clock.now(), fired], [1009, 0]);
  await clock.advance(1);
  t.deepEqual([clock.now(), fired], [1010, 1]);
  await clock.advance(1000);
  t.is(fired, 1);
});

test("timers fire in the order of their due times, then of their making, each at its own time", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -5, max: 20 }), { maxLength: 30 }), async (waits) => {
      const clock = new ManualClock(0);
      const fired: { index: number; at: number }[] = [];
      for (const [index, ms] of waits.entries()) clock.after(ms, () => fired.push({ index, at: clock.now() }));
      await clock.advance(20);
      const expected = waits.map((ms, index) => ({ index, at: Math.max(ms, 0) })).sort((a, b) => a.at - b.at || a.index - b.index);
      t.deepEqual(fired, expected);
    }),
    { numRuns: 50 },
  );
});

test("a timer made by a timer fires in the same move, if it falls due in it", async (t) => {
  const clock = new ManualClock(0);
  const fired: number[] = [];
  const beat = (): void => {
    fired.push(clock.now());
    clock.after(10, beat);
  };
  clock.after(10, beat);
  await clock.advance(35);
  t.deepEqual(fired, [10, 20, 30]);
});

test("promises settle between two timers", async (t) => {
  const clock = new ManualClock(0);
  const order: string[] = [];
  void delay(clock, 1)
    .then(() => order.push("first"))
    .then(() => order.push("after first"));
  void delay(clock, 2).then(() => order.push("second"));
  await clock.advance(2);
  t.deepEqual(order, ["first", "after first", "second"]);
});

test("a cancelled timer does not fire, and may be cancelled again, also after it fired", async (t) => {
  const clock = new ManualClock(0);
  let fired = 0;
  const cancelled = clock.after(5, () => fired++);
  const kept = clock.after(5, () => fired++);
  cancelled.cancel();
  cancelled.cancel();
  await clock.advance(5);
  kept.cancel();
  t.is(fired, 1);
});

test("a delay ends with its time or with its signal, and does not reject", async (t) => {
  const clock = new ManualClock(0);
  await delay(clock, 1000, AbortSignal.abort());
  const abort = new AbortController();
  const aborted = delay(clock, 1000, abort.signal);
  abort.abort();
  await aborted;
  let over = false;
  const waited = delay(clock, 1000).then(() => {
    over = true;
  });
  await clock.advance(999);
  t.false(over);
  await clock.advance(1);
  await waited;
  t.true(over);
});

test("the system's clock goes by the system's time", async (t) => {
  const before = Date.now();
  t.true(systemClock.now() >= before && systemClock.now() <= Date.now());
  const order: string[] = [];
  const cancelled = systemClock.after(0, () => order.push("cancelled"), true);
  cancelled.cancel();
  const far = systemClock.after(2 ** 40, () => order.push("far"), true);
  await new Promise<void>((resolve) => {
    systemClock.after(-1, () => order.push("now"), true);
    systemClock.after(1, resolve, true);
  });
  far.cancel();
  t.deepEqual(order, ["now"]);
});
