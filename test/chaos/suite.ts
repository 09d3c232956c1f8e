import type { ExecutionContext, TestFn } from "ava";
import type { CrashPoint } from "../../src/util/crash-point.js";
import type { Child, Exit } from "./child.js";
import type { Fleet } from "./fleet.js";
import { holdWithin } from "./percentiles.js";
import { count, howToRepeat } from "./profile.js";
import { followingTasks, sentTasks } from "./sends.js";
import { defaults, type Subject, Trial } from "./trial.js";

export interface SuiteOptions {
  /** The test file's path, for how to repeat a run. */
  readonly file: string;
  /** Whether it passes the steps of the embedded store. */
  readonly embedded: boolean;
  /** Whether a task's PENDING state and its message go out in one step, so that there is none between them. */
  readonly announcesAtOnce?: boolean;
  open(t: ExecutionContext): Promise<Subject>;
}

const workers = 3;
const concurrency = 10;
/** How much later than it should be anything may be, on a machine with other things to do, in milliseconds. */
const slackMs = 1_000;
/** The longest pause between two looks for the dead: a sixth of the lease, and up to a fifth of that more by chance. */
const reapMs = (defaults.leaseMs / 6) * 1.2;

/** The steps of a worker, and how many passings there may be before the last one. */
const workerSteps: { readonly [Step in CrashPoint]?: number } = {
  claimed: 4,
  read: 4,
  started: 4,
  ran: 12,
  terminal: 6,
  "follow-ups-pending": 4,
  "follow-ups-published": 3,
  "member-done": 3,
  "chord-sent": 2,
  "before-ack": 6,
  acked: 6,
};

const senderSteps: { readonly [Step in CrashPoint]?: number } = {
  "group-opened": 5,
  pending: 15,
  published: 15,
};

/** The steps of the embedded store. */
const workerStoreSteps = { "in-transaction": 60, committed: 60 };
const senderStoreSteps = { "in-transaction": 40, committed: 40 };

/** Kills and suspends the processes of a broker and a result backend, and holds the invariants against what comes of it. */
export function chaosSuite(test: TestFn, { file, embedded, announcesAtOnce = false, open }: SuiteOptions): void {
  const { pending, ...atOnceSteps } = senderSteps;

  const scenario = (title: string, run: (t: ExecutionContext, trial: Trial) => Promise<void>): void => {
    test.serial(title, async (t) => {
      t.timeout(count(5, 30) * 60_000);
      t.log(howToRepeat(file, title));
      const trial = await Trial.open(title, await open(t));
      try {
        await run(t, trial);
      } finally {
        await trial.close();
      }
    });
  };

  scenario("workers killed at random", async (t, trial) => {
    const tasks = count(2_000, 10_000);
    const kills = count(15, 50);
    const fleet = trial.fleet(workers);
    await trial.send(times(tasks, () => trial.draw.work()));
    await killAtRandom(trial, fleet, kills, tasks);
    await finish(t, trial, fleet);
    const { succeeded, account } = await trial.judge(t, { kills, held: concurrency });
    t.is(succeeded.size, tasks);
    t.deepEqual(account.overlapping, [], "ran twice at the same time");
  });

  scenario("what a dead worker held runs again soon", async (t, trial) => {
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
    holdWithin(t, "tasks of the dead run again", pickUps, defaults.leaseMs + reapMs + slackMs);
  });

  scenario("chords, workers killed at random", async (t, trial) => {
    const members = 10;
    const chords = count(100, 1_000);
    const kills = count(8, 50);
    const fleet = trial.fleet(workers);
    const sends = times(chords, () => trial.draw.chord(members));
    await trial.send(sends);
    await killAtRandom(trial, fleet, kills, chords * (members + 1));
    await finish(t, trial, fleet);
    const { succeeded, tasks } = await trial.judge(t, { kills, held: concurrency });
    const callbacks = sends.flatMap(followingTasks);
    t.is(callbacks.filter((uuid) => succeeded.has(uuid)).length, chords);
    t.is([...tasks].filter(([, { args }]) => args !== undefined).length, chords, "callbacks that ran");
    t.deepEqual(
      callbacks.filter((uuid) => tasks.get(uuid)!.overlaps > 0),
      [],
      "callbacks that ran twice at the same time",
    );
  });

  for (const [step, last] of Object.entries({ ...workerSteps, ...(embedded && workerStoreSteps) })) {
    scenario(`workers killed at the step ${step}`, async (t, trial) => {
      const crashes = count(3, 50);
      const fleet = trial.fleet(2, { concurrency: 5 }, (killed) =>
        killed < crashes ? { MACHINERY_CRASH_AT: `${step}:${trial.random.whole(1, last)}` } : {},
      );
      await trial.until("all crashes are done", async () => {
        if (trial.states.open.size < 3) await trial.send(trial.draw.mixture());
        return fleet.killed >= crashes;
      });
      await trial.allEnded();
      await trial.queueEmpty();
      await fleet.stop();
      t.deepEqual(fleet.complaints, []);
      await trial.judge(t, { kills: fleet.killed, held: 5 });
    });
  }

  for (const [step, last] of Object.entries({
    ...(announcesAtOnce ? atOnceSteps : senderSteps),
    ...(embedded && senderStoreSteps),
  })) {
    scenario(`senders killed at the step ${step}`, async (t, trial) => {
      const fleet = trial.fleet(1);
      for (let crash = 0; crash < count(3, 50); crash++) {
        const sends = [...trial.draw.mixture(), ...trial.draw.mixture()];
        await trial.sendElsewhere(sends, { MACHINERY_CRASH_AT: `${step}:${trial.random.whole(1, last)}` });
      }
      await finish(t, trial, fleet);
      await trial.judge(t, { kills: 0, held: 0 });
    });
  }

  scenario("workers stopped in order", async (t, trial) => {
    const tasks = count(1_000, 10_000);
    const stops = count(6, 60);
    const fleet = trial.fleet(workers);
    await trial.send(times(tasks, () => trial.draw.work()));
    const stopped: Child[] = [];
    for (let stop = 0; stop < stops; stop++) {
      await trial.until("it is time", async () => fleet.ready.length > 1 && (await trial.progress()) >= (stop / stops) * tasks);
      const worker = trial.random.of(fleet.ready);
      worker.kill("SIGTERM");
      worker.isReady = false;
      stopped.push(worker);
    }
    const exits = await Promise.all(stopped.map(({ exited }) => exited));
    t.true(exits.every(({ code }) => code === 0));
    holdWithin(t, "SIGTERM to exit", timesOf(exits), defaults.graceMs + slackMs);
    await finish(t, trial, fleet);
    const { account } = await trial.judge(t, { kills: 0, held: 0 });
    t.is(account.executed, tasks);
  });

  scenario("workers stopped over a task that goes on", async (t, trial) => {
    const rounds = count(5, 100);
    const graceMs = 300;
    const fleet = trial.fleet(1, { graceMs });
    const exits: Exit[] = [];
    for (let round = 0; round < rounds; round++) {
      const [worker] = await holdOne(trial, fleet);
      worker.kill("SIGTERM");
      exits.push(await worker.exited);
    }
    t.true(exits.every(({ code }) => code === 0));
    holdWithin(t, "SIGTERM to exit", timesOf(exits), graceMs + slackMs);
    await finish(t, trial, fleet);
    await trial.judge(t, { kills: rounds, held: 1 });
  });

  scenario("a worker told twice to stop", async (t, trial) => {
    const rounds = count(2, 20);
    const fleet = trial.fleet(1);
    for (let round = 0; round < rounds; round++) {
      const [first] = await holdOne(trial, fleet);
      first!.kill("SIGTERM");
      await trial.until("it was asked to stop", () => first!.asked === 1);
      first!.kill("SIGTERM");
      t.is((await first!.exited).code, 143);
    }
    await trial.allEnded();
    await trial.queueEmpty();
    await fleet.stop();
    await trial.judge(t, { kills: rounds, held: concurrency });
  });

  scenario("a worker suspended beyond its lease", async (t, trial) => {
    const rounds = count(2, 20);
    for (let round = 0; round < rounds; round++) {
      const fleet = trial.fleet(1, { broker: trial.impatientBroker });
      const [sleeper, uuid] = await holdOne(trial, fleet);
      sleeper.kill("SIGSTOP");
      fleet.spawn();
      await trial.allEnded();
      sleeper.kill("SIGCONT");
      await trial.until("the old run is told", async () => noted(trial, uuid, "aborted"));
      await trial.send(times(50, () => trial.draw.work()));
      await finish(t, trial, fleet);
      const { notes, starts } = (await trial.ledger.report()).get(uuid)!;
      t.is(starts, 2);
      t.deepEqual(notes.toSorted(), ["aborted", "settled"], "settled by the second run, and by no other");
      t.regex(trial.states.ended.get(uuid)!.json, /"Value":2\b/);
    }
    await trial.judge(t, { kills: rounds, held: concurrency });
  });

  scenario("tasks that kill their workers", async (t, trial) => {
    const maxCrashes = 5;
    const fleet = trial.fleet(workers, { maxCrashes });
    const poison = times(count(3, 5), () => trial.draw.task("poison"));
    const good = times(count(300, 500), () => trial.draw.work());
    await trial.send(shuffled(trial, [...poison, ...good]));
    await finish(t, trial, fleet);
    const { succeeded, tasks } = await trial.judge(t, { kills: fleet.killed, held: concurrency });
    const failed = good.flatMap(sentTasks).filter((uuid) => !succeeded.has(uuid));
    t.deepEqual(failed, [], "good tasks that were taken for bad ones");
    for (const uuid of poison.flatMap(sentTasks)) {
      t.true(tasks.get(uuid)!.starts <= maxCrashes, `${uuid} ran ${tasks.get(uuid)!.starts} times`);
      t.regex(trial.states.ended.get(uuid)!.json, /"State":"FAILURE".*ERR_TASK_CRASHED/);
    }
    t.is((await trial.server.getBroker().inspect(trial.queue)).dead, poison.length);
  });
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

const timesOf = (exits: readonly Exit[]): number[] => exits.map(({ afterMs }) => afterMs);

function shuffled<T>({ random }: Trial, items: T[]): T[] {
  return items
    .map((item) => ({ item, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
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

/** A task that the only worker of the fleet runs until it is told to stop. */
async function holdOne(trial: Trial, fleet: Fleet): Promise<[worker: Child, uuid: string]> {
  const send = trial.draw.task("hold");
  await trial.send([send]);
  const uuid = sentTasks(send)[0]!;
  await trial.until("it runs", async () => (await trial.ledger.report()).get(uuid)?.starts === 1);
  return [fleet.ready[0]!, uuid];
}

async function noted(trial: Trial, uuid: string, note: string): Promise<boolean> {
  return (await trial.ledger.report()).get(uuid)!.notes.includes(note);
}
