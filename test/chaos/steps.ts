import type { CrashPoint } from "../../src/util/crash-point.js";
import { amount, Together } from "./figures.js";
import { count, full } from "./profile.js";
import { finish, type Scenarios, times } from "./scenarios.js";

/** How many tasks a worker holds that is to die at a step. */
const held = 5;

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

/** Workers and senders die at each step of a task's way. */
export function stepSuite(scenarios: Scenarios): void {
  const { on, embedded, announcesAtOnce = false } = scenarios.options;
  const { pending, ...atOnceSteps } = senderSteps;
  const stepsOfWorkers = { ...workerSteps, ...(embedded && workerStoreSteps) };
  const stepsOfSenders = { ...(announcesAtOnce ? atOnceSteps : senderSteps), ...(embedded && senderStoreSteps) };

  const crashes = count(3, 200);
  const steps = [...Object.keys(stepsOfWorkers).map(ofWorkers), ...Object.keys(stepsOfSenders).map(ofSenders)];
  const allSteps = new Together(steps, ({ deaths, again, lost }) => ({
    what: `F2, ${on}`,
    much: `${steps.length} steps, ${crashes} deaths at each, ${amount(deaths)} in all`,
    lost,
    other: `no invariant violated; ${amount(again)} tasks ran again`,
  }));

  for (const [step, last] of Object.entries(stepsOfWorkers)) {
    scenarios.declare(ofWorkers(step), async (t, trial) => {
      // Many at a time: what the dead hold waits for its lease to end, and the others go on.
      const fleet = trial.fleet(full ? 6 : 2, { concurrency: held }, (killed) =>
        killed < crashes ? { MACHINERY_CRASH_AT: `${step}:${trial.random.whole(1, last)}` } : {},
      );
      const broker = trial.server.getBroker();
      const areDone = async (): Promise<boolean> => {
        if ((await broker.inspect(trial.queue)).pending < held) await trial.send(trial.draw.mixture());
        return fleet.killed >= crashes;
      };
      // At an early step no task has its effect before the last of them is dead.
      await trial.until("all crashes are done", areDone, () => fleet.killed);
      await trial.allEnded();
      await trial.queueEmpty();
      await fleet.stop();
      t.deepEqual(fleet.complaints, []);
      const { account } = await trial.judge(t, { kills: fleet.killed, held });
      allSteps.add(t, ofWorkers(step), { deaths: fleet.killed, again: account.duplicated, lost: account.lost.length });
    });
  }

  for (const [step, last] of Object.entries(stepsOfSenders)) {
    scenarios.declare(ofSenders(step), async (t, trial) => {
      const fleet = trial.fleet(1);
      let deaths = 0;
      const sendAndDie = async (): Promise<void> => {
        while (deaths < crashes) {
          const sends = [...trial.draw.mixture(), ...trial.draw.mixture()];
          const end = await trial.sendElsewhere(sends, { MACHINERY_CRASH_AT: `${step}:${trial.random.whole(1, last)}` });
          if (end.signal === "SIGKILL") deaths++;
        }
      };
      await Promise.all(times(full ? 4 : 1, sendAndDie));
      await finish(t, trial, fleet);
      const { account } = await trial.judge(t, { kills: 0, held: 0 });
      allSteps.add(t, ofSenders(step), { deaths, again: 0, lost: account.lost.length });
    });
  }
}

const ofWorkers = (step: string): string => `workers killed at the step ${step}`;
const ofSenders = (step: string): string => `senders killed at the step ${step}`;
