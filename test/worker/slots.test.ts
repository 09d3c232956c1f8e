import test from "ava";
import { Slots } from "../../src/worker/slots.js";

test("slots are counted, and who waits is told", async (t) => {
  const slots = new Slots(2);
  t.deepEqual([slots.total, slots.free, slots.used], [2, 2, 0]);
  slots.use(2);
  t.deepEqual([slots.free, slots.used], [0, 2]);
  const told: string[] = [];
  const { signal } = new AbortController();
  const waits = [slots.available(signal).then(() => told.push("available")), slots.drained().then(() => told.push("drained"))];
  slots.release();
  await waits[0];
  t.deepEqual(told, ["available"]);
  slots.release();
  await Promise.all(waits);
  t.deepEqual(told, ["available", "drained"]);
  t.deepEqual([slots.free, slots.used], [2, 0]);
});

test("a wait for a slot ends with its signal, once woken", async (t) => {
  const slots = new Slots(1);
  slots.use(1);
  const controller = new AbortController();
  const wait = slots.available(controller.signal);
  controller.abort();
  slots.wake();
  await wait;
  t.is(slots.free, 0);
});
