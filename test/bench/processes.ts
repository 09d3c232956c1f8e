import { setTimeout as delay } from "node:timers/promises";
import type { Bench } from "./bench.js";
import type { Case } from "./measure.js";
import type { Place } from "./place.js";
import type { Program } from "./program.js";
import type { Stand } from "./stand.js";

const TASKS = 10_000;

/** Queued tasks, run by one worker process and by two: what another one adds. */
export async function processes(bench: Bench, { name, title }: Place, stands: readonly Stand[]): Promise<void> {
  const cases = stands
    .filter(({ contender }) => contender.can.includes("processes"))
    .flatMap((stand) => [1, 2].map((workers) => drainBy(bench, stand, workers)));
  await bench.compare(`${name}-processes`, `${title}: queued tasks run by one worker process, and by two`, cases);
}

function drainBy(bench: Bench, stand: Stand, processes: number): Case {
  const { name, contender, sender } = stand;
  return {
    name: `${name}, ${processes === 1 ? "1 process" : `${processes} processes`}`,
    count: bench.count(TASKS),
    async run(count) {
      return stand.withWorkers(processes, async (workers) => {
        const once = async (): Promise<number> => {
          await sender.ask("sendBulk", { count, batch: 1_000 });
          // They have started when they answer.
          await Promise.all(workers.map((worker) => worker.ask("ended")));
          const start = Date.now();
          await Promise.all(workers.map((worker) => worker.ask("work", { slots: contender.slots.at(-1)! })));
          const end = await untilEnded(workers, count);
          await stand.checkRuns(workers, count);
          await Promise.all(workers.map((worker) => worker.ask("stop")));
          await sender.ask("clear");
          return end - start;
        };
        if (contender.warmsUp) for (let i = 0; i < processes; i++) await once();
        return once();
      });
    },
  };
}

/** When the last of so many tasks ended, in milliseconds since the epoch. */
async function untilEnded(workers: readonly Program[], count: number): Promise<number> {
  for (;;) {
    const answers = await Promise.all(workers.map((worker) => worker.ask<{ ended: number; lastAt: number }>("ended")));
    const ended = answers.reduce((sum, answer) => sum + answer.ended, 0);
    if (ended >= count) return Math.max(...answers.map(({ lastAt }) => lastAt));
    await delay(20);
  }
}
