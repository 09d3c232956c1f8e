import type { Child, Exit } from "./child.js";
import { amount, tellFigure } from "./figures.js";
import type { Fleet } from "./fleet.js";
import { holdWithin } from "./percentiles.js";
import { count } from "./profile.js";
import { finish, type Scenarios, slackMs, times } from "./scenarios.js";
import { sentTasks } from "./sends.js";
import { defaults, type Trial } from "./trial.js";

const workers = 3;
const concurrency = 10;

/** Workers are told to stop, told twice, and suspended. */
export function stopSuite(scenarios: Scenarios): void {
  const { on } = scenarios.options;

  scenarios.declare("workers stopped in order", async (t, trial) => {
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
    holdWithin(t, `SIGTERM to exit, ${on}`, timesOf(exits), defaults.graceMs + slackMs);
    await finish(t, trial, fleet);
    const { account } = await trial.judge(t, { kills: 0, held: 0 });
    t.is(account.executed, tasks);
    tellFigure(t, {
      what: `F3, ${on}`,
      much: `${amount(tasks)} tasks, ${stops} workers stopped`,
      lost: account.lost.length,
      other: "none ran again",
    });
  });

  scenarios.declare("workers stopped over a task that goes on", async (t, trial) => {
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
    holdWithin(t, `SIGTERM to exit over a task that goes on, ${on}`, timesOf(exits), graceMs + slackMs);
    await finish(t, trial, fleet);
    const { account } = await trial.judge(t, { kills: rounds, held: 1 });
    tellFigure(t, {
      what: `F3, over a task that goes on, ${on}`,
      much: `${rounds} workers stopped`,
      lost: account.lost.length,
      other: `each task was given to the next worker; ${account.duplicated} ran again`,
    });
  });

  scenarios.declare("a worker told twice to stop", async (t, trial) => {
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
    const { account } = await trial.judge(t, { kills: rounds, held: concurrency });
    tellFigure(t, {
      what: `F4, ${on}`,
      much: `${rounds} workers told twice`,
      lost: account.lost.length,
      other: `each ended by the second signal; ${account.duplicated} tasks ran again`,
    });
  });

  scenarios.declare("a worker suspended beyond its lease", async (t, trial) => {
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
    const { account } = await trial.judge(t, { kills: rounds, held: concurrency });
    tellFigure(t, {
      what: `F5, ${on}`,
      much: `${rounds} workers suspended`,
      lost: account.lost.length,
      other: `each old run was told, and did not settle; ${account.duplicated} tasks ran again`,
    });
  });
}

const timesOf = (exits: readonly Exit[]): number[] => exits.map(({ afterMs }) => afterMs);

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
