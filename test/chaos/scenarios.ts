import type { ExecutionContext, TestFn } from "ava";
import type { Fleet } from "./fleet.js";
import { count, howToRepeat, seed } from "./profile.js";
import { type Subject, Trial } from "./trial.js";

export interface SuiteOptions {
  /** The test file's path, for how to repeat a run. */
  readonly file: string;
  /** What it runs on, for people. */
  readonly on: string;
  /** Whether it passes the steps of the embedded store. */
  readonly embedded: boolean;
  /** Whether a task's PENDING state and its message go out in one step, so that there is none between them. */
  readonly announcesAtOnce?: boolean;
  open(t: ExecutionContext): Promise<Subject>;
}

/** How much later than it should be anything may be, on a machine with other things to do, in milliseconds. */
export const slackMs = 1_000;

/** Tests of a suite, each in a trial of its own. */
export class Scenarios {
  readonly test: TestFn;
  readonly options: SuiteOptions;

  constructor(test: TestFn, options: SuiteOptions) {
    this.test = test;
    this.options = options;
  }

  declare(title: string, run: (t: ExecutionContext, trial: Trial) => Promise<void>): void {
    this.declareForSeeds(title, [seed], run);
  }

  /** A test that goes through several seeds, one after another; `end` comes last. */
  declareForSeeds(
    title: string,
    seeds: readonly number[],
    run: (t: ExecutionContext, trial: Trial) => Promise<void>,
    end?: (t: ExecutionContext) => void,
  ): void {
    const { file, open } = this.options;
    this.test.serial(title, async (t) => {
      t.timeout(count(5, 30) * 60_000);
      for (const ofSeed of seeds) {
        t.log(howToRepeat(file, title, ofSeed));
        const trial = await Trial.open(title, await open(t), ofSeed);
        try {
          await run(t, trial);
        } finally {
          await trial.close();
        }
      }
      end?.(t);
    });
  }
}

/** All tasks end, nothing is left in the queue, and every worker stops as it should. */
export async function finish(t: ExecutionContext, trial: Trial, fleet: Fleet): Promise<void> {
  await trial.allEnded();
  await trial.queueEmpty();
  const exits = await fleet.stop();
  t.true(exits.every(({ code }) => code === 0));
  t.deepEqual(fleet.complaints, []);
}

/** Kills workers that take tasks, any of them, spread over the first nine tenths of the run by what has been done. */
export async function killAtRandom(trial: Trial, fleet: Fleet, kills: number, tasks: number): Promise<void> {
  const { random } = trial;
  for (let kill = 0; kill < kills; kill++) {
    const due = Math.floor(((kill + random.fraction()) / kills) * tasks * 0.9);
    await trial.until(`${due} tasks are done`, async () => fleet.ready.length > 0 && (await trial.progress()) >= due);
    random.of(fleet.ready).kill("SIGKILL");
  }
  await trial.until("all the killed are dead", () => fleet.killed >= kills);
}

export function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
