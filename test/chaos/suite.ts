import type { TestFn } from "ava";
import { amount, tellFigure } from "./figures.js";
import { holdWithin } from "./percentiles.js";
import { count, seeds } from "./profile.js";
import { finish, killAtRandom, Scenarios, type SuiteOptions, slackMs, times } from "./scenarios.js";
import { followingTasks, sentTasks } from "./sends.js";
import { stepSuite } from "./steps.js";
import { stopSuite } from "./stops.js";
import { defaults, type Trial } from "./trial.js";

const workers = 3;
const concurrency = 10;
/** The longest pause between two looks for the dead: a sixth of the lease, and up to a fifth of that more by chance. */
const reapMs = (defaults.leaseMs / 6) * 1.2;

/** Kills and suspends the processes of a broker and a result backend, and holds the invariants against what comes of it. */
export function chaosSuite(test: TestFn, options: SuiteOptions): void {
  const scenarios = new Scenarios(test, options);
  const { on } = options;

  const tasks = count(2_000, 10_000);
  const kills = count(15, 50);
  const sum = { again: 0, lost: 0 };
  scenarios.declareForSeeds(
    "workers killed at random",
    seeds,
    async (t, trial) => {
      const fleet = trial.fleet(workers);
      await trial.send(times(tasks, () => trial.draw.work()));
      await killAtRandom(trial, fleet, kills, tasks);
      await finish(t, trial, fleet);
      const { succeeded, account } = await trial.judge(t, { kills, held: concurrency });
      t.is(succeeded.size, tasks);
      t.deepEqual(account.overlapping, [], "ran twice at the same time");
      sum.again += account.duplicated;
      sum.lost += account.lost.length;
    },
    (t) =>
      tellFigure(t, {
        what: `F1, ${on}`,
        much: `${seeds.length} × ${amount(tasks)} tasks, ${seeds.length} × ${kills} kills`,
        seeds,
        lost: sum.lost,
        other: `${amount(sum.again)} ran again, of ${amount(seeds.length * kills * concurrency)} that the dead may have held`,
      }),
  );

  scenarios.declare("what a dead worker held runs again soon", async (t, trial) => {
    const rounds = count(3, 30);
    const fleet = trial.fleet(2);
    for (let round = 0; round < rounds; round++) {
      await trial.until("both work", () => fleet.ready.length === 2);
      const sends = times(2 * concurrency, () => trial.draw.task("work", 1_000));
      await trial.send(sends);
      const uuids = sends.flatMap(sentTasks);
      await trial.until("all run", async () => {
        const tasks = await trial.ledger.report();
        return uuids.every((uuid) => (tasks.get(uuid)?.starts ?? 0) > 0);
      });
      trial.random.of(fleet.ready).kill("SIGKILL");
      // No other dies meanwhile: nothing is orphaned twice.
      await trial.allEnded();
    }
    await finish(t, trial, fleet);
    const { tasks } = await trial.judge(t, { kills: rounds, held: concurrency });
    const pickUps = [...tasks.values()].flatMap((record) => record.pickUps);
    holdWithin(t, `tasks of the dead run again, ${on}`, pickUps, defaults.leaseMs + reapMs + slackMs);
  });

  scenarios.declare("chords, workers killed at random", async (t, trial) => {
    const members = 10;
    const chords = count(100, 1_000);
    const kills = count(8, 50);
    const fleet = trial.fleet(workers);
    const sends = times(chords, () => trial.draw.chord(members));
    await trial.send(sends);
    await killAtRandom(trial, fleet, kills, chords * (members + 1));
    await finish(t, trial, fleet);
    const { succeeded, tasks, account } = await trial.judge(t, { kills, held: concurrency });
    const callbacks = sends.flatMap(followingTasks);
    t.is(callbacks.filter((uuid) => succeeded.has(uuid)).length, chords);
    t.is([...tasks].filter(([, { args }]) => args !== undefined).length, chords, "callbacks that ran");
    t.deepEqual(
      callbacks.filter((uuid) => tasks.get(uuid)!.overlaps > 0),
      [],
      "callbacks that ran twice at the same time",
    );
    tellFigure(t, {
      what: `F15, ${on}`,
      much: `${amount(chords)} chords of ${members}, ${kills} kills`,
      lost: account.lost.length,
      other: `${amount(chords)} callbacks ended once, with all results in order; ${amount(account.duplicated)} tasks ran again`,
    });
  });

  stepSuite(scenarios);
  stopSuite(scenarios);

  scenarios.declare("tasks that kill their workers", async (t, trial) => {
    const maxCrashes = 5;
    const fleet = trial.fleet(workers, { maxCrashes });
    const poison = times(count(3, 5), () => trial.draw.task("poison"));
    const good = times(count(300, 500), () => trial.draw.work());
    await trial.send(shuffled(trial, [...poison, ...good]));
    await finish(t, trial, fleet);
    const { succeeded, tasks, account } = await trial.judge(t, { kills: fleet.killed, held: concurrency });
    const failed = good.flatMap(sentTasks).filter((uuid) => !succeeded.has(uuid));
    t.deepEqual(failed, [], "good tasks that were taken for bad ones");
    for (const uuid of poison.flatMap(sentTasks)) {
      t.true(tasks.get(uuid)!.starts <= maxCrashes, `${uuid} ran ${tasks.get(uuid)!.starts} times`);
      t.regex(trial.states.ended.get(uuid)!.json, /"State":"FAILURE".*ERR_TASK_CRASHED/);
    }
    t.is((await trial.server.getBroker().inspect(trial.queue)).dead, poison.length);
    tellFigure(t, {
      what: `F16, ${on}`,
      much: `${poison.length} tasks that kill, among ${good.length} others`,
      lost: account.lost.length,
      other: `each failed and is a dead letter after ${maxCrashes} deaths at most; all others succeeded`,
    });
  });
}

function shuffled<T>({ random }: Trial, items: T[]): T[] {
  return items
    .map((item) => ({ item, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
