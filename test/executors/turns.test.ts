import test from "ava";
import { Turns } from "../../src/executors/turns.js";

test("what ends at once costs no promise", (t) => {
  const turns = new Turns();
  t.is(
    turns.take(() => 1),
    1,
  );
});

test("one begins when the one before is over, and heard of", async (t) => {
  const turns = new Turns();
  const events: string[] = [];
  let end: (() => void) | undefined;
  const first = turns.take(() => new Promise<void>((resolve) => (end = resolve))) as Promise<void>;
  void first.then(() => events.push("heard of the first"));
  const second = turns.take(() => events.push("second"));
  const third = turns.take(() => events.push("third"));
  await new Promise(setImmediate);
  t.deepEqual(events, []);
  end!();
  await Promise.all([second, third]);
  t.deepEqual(events, ["heard of the first", "second", "third"]);
  t.is(typeof turns.take(() => 1), "number");
});

test("one that fails keeps nobody", async (t) => {
  const turns = new Turns();
  const first = turns.take(() => Promise.reject(new Error("first")));
  const second = turns.take(() => 2);
  await t.throwsAsync(async () => first, { message: "first" });
  t.is(await second, 2);
});

test("however many follow each other, the event loop turns in between", async (t) => {
  const turns = new Turns();
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  for (;;) {
    const result = turns.take(() => turned);
    if (typeof result === "boolean") t.false(result);
    else {
      t.true(await result);
      return;
    }
  }
});
