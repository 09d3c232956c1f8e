import test from "ava";
import { type Asked, Poll } from "../../src/results/poll.js";
import { ManualClock } from "../../src/util/clock.js";

/** A poll, and the times at which it asked. */
function polling(pushed: boolean, answers: Partial<Asked>[] = []) {
  const clock = new ManualClock(0);
  const asked: number[] = [];
  const poll = new Poll(clock, pushed, async () => {
    asked.push(clock.now());
    return { ended: false, polls: 1, ...answers.shift() };
  });
  return { clock, asked, poll };
}

test("it asks ever more rarely while nothing happens, once a second in the end", async (t) => {
  const { clock, asked, poll } = polling(false);
  poll.hurry();
  await clock.advance(6_000);
  t.deepEqual(
    asked.map((at) => Math.round(at)),
    [50, 125, 238, 406, 659, 1039, 1609, 2463, 3463, 4463, 5463],
  );
});

test("it asks soon again when something new is waited for, and is not put off by more of it", async (t) => {
  const { clock, asked, poll } = polling(false);
  poll.hurry();
  await clock.advance(3_000);
  asked.length = 0;
  poll.hurry();
  await clock.advance(30);
  poll.hurry();
  await clock.advance(20);
  t.deepEqual(asked, [3_050]);
});

test("it asks soon again when something has ended", async (t) => {
  const { clock, asked, poll } = polling(false, [{}, {}, { ended: true }]);
  poll.hurry();
  await clock.advance(290);
  t.deepEqual(
    asked.map((at) => Math.round(at)),
    [50, 125, 238, 288],
  );
});

test("what takes several polls is asked for in as many parts of the pause", async (t) => {
  const { clock, asked, poll } = polling(false, [{ polls: 3 }, { polls: 300 }, { polls: 1 }]);
  poll.hurry();
  await clock.advance(90);
  t.deepEqual(asked, [50, 75, 85]);
});

test("beneath a push it asks once a second", async (t) => {
  const { clock, asked, poll } = polling(true);
  poll.hurry();
  await clock.advance(500);
  poll.hurry();
  await clock.advance(2_600);
  t.deepEqual(asked, [1_000, 2_000, 3_000]);
});

test("it asks nothing while nothing is waited for, and one question at a time", async (t) => {
  const clock = new ManualClock(0);
  let asked = 0;
  let answer = (_: Asked): void => {};
  const poll = new Poll(clock, false, () => {
    asked++;
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  await clock.advance(10_000);
  t.is(asked, 0);
  poll.hurry();
  await clock.advance(50);
  poll.hurry();
  await clock.advance(10_000);
  t.is(asked, 1, "the first is not answered yet");
  answer({ ended: false, polls: 1 });
  await clock.advance(0);
  await clock.advance(50);
  t.is(asked, 2);
  poll.stop();
  answer({ ended: true, polls: 1 });
  await clock.advance(0);
  await clock.advance(10_000);
  t.is(asked, 2);
});

test("beneath something that tells it asks once a second, and fast again when that has failed to tell", async (t) => {
  const { clock, asked, poll } = polling(false);
  poll.relax(true);
  poll.hurry();
  await clock.advance(2_500);
  t.deepEqual(asked, [1_000, 2_000]);
  poll.relax(false);
  poll.hurry();
  await clock.advance(50);
  t.deepEqual(asked, [1_000, 2_000, 2_550]);
});
