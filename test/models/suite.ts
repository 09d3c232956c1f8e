import type { TestFn } from "ava";
import fc from "fast-check";
import { amount, productsOf, tellFigure } from "../chaos/figures.js";
import { count, howToRepeat, seed } from "../chaos/profile.js";
import type { Flaw } from "./protocol.js";
import { play, type Schedule, schedules, type World } from "./schedule.js";

/** How schedules are played on worlds of one kind. */
export interface Stage {
  open(): Promise<World>;
  close(): Promise<void>;
}

const sentence = "whatever the order of steps, crashes and pauses, every task ends once, and so does every chord's callback";

/**
 * Plays random schedules of the protocol of delivery on a real broker and a real result backend.
 *
 * @param runs how many
 * @param atOnce how many side by side, where they wait for a clock that cannot be moved
 */
export function modelSuite(test: TestFn, file: string, runs: number, atOnce: number, start: () => Promise<Stage>): void {
  test(sentence, async (t) => {
    t.timeout(count(3, 60) * 60_000);
    t.log(howToRepeat(file, sentence));
    const stage = await start();
    t.teardown(() => stage.close());
    const numRuns = Math.ceil(runs / atOnce);
    const several = fc.array(schedules, { minLength: atOnce, maxLength: atOnce });
    const property = fc.asyncProperty(several, async (all) => {
      await Promise.all(all.map((schedule) => holds(schedule, stage)));
    });
    // Where schedules wait for the time to pass, smaller ones are not looked for: that would take far too long.
    await fc.assert(property, { numRuns, seed, endOnFailure: atOnce > 1 });
    t.pass();
    t.log(`${numRuns * atOnce} schedules`);
    const on = /models\/(\w+)\./.exec(file)![1]!;
    tellFigure(t, {
      what: `models, ${productsOf(on)}`,
      much: `${amount(numRuns * atOnce)} schedules`,
      lost: 0,
      other: "no invariant violated",
    });
  });
}

/** The same property, of workers that get something wrong: it must not hold. */
export function flawSuite(test: TestFn, flaws: readonly Flaw[], start: () => Promise<Stage>): void {
  for (const flaw of flaws) {
    test(`a worker that ${flaw} is found out`, async (t) => {
      t.timeout(120_000);
      const stage = await start();
      t.teardown(() => stage.close());
      const property = fc.asyncProperty(schedules, (schedule) => holds(schedule, stage, flaw));
      const { failed, numRuns, counterexample, errorInstance } = await fc.check(property, { numRuns: 5_000, seed });
      t.true(failed);
      t.log(`after ${numRuns} schedules: ${(errorInstance as Error | null)?.message}`);
      t.log(JSON.stringify(counterexample));
    });
  }
}

async function holds(schedule: Schedule, stage: Stage, flaw?: Flaw): Promise<void> {
  const world = await stage.open();
  try {
    const wrong = await play(schedule, world, flaw);
    if (wrong.length > 0) throw new Error(wrong.join("; "));
  } finally {
    await world.close();
  }
}
