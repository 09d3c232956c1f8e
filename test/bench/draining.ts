import type { Bench } from "./bench.js";
import { type Case, measure } from "./measure.js";
import type { Place } from "./place.js";
import type { Stand } from "./stand.js";

const TASKS = 20_000;
/** So many times a worker that warms up runs as many before it is measured: V8 goes on compiling for as long. */
const WARM_UPS = 4;

/** Queued tasks, run by one worker, a new process each time. */
export async function draining(bench: Bench, place: Place, stands: readonly Stand[]): Promise<void> {
  const cases: Case[] = [];
  for (const stand of stands) cases.push(await atItsBest(bench, stand));
  const title = `${place.title}: queued tasks run by one worker, all states stored`;
  await bench.compare(`${place.name}-drain`, title, cases);
}

/** At the concurrency that suits it best on this machine. */
async function atItsBest(bench: Bench, stand: Stand): Promise<Case> {
  const { slots } = stand.contender;
  if (slots.length === 1 || bench.quick) return drain(bench, stand, slots.at(-1)!, TASKS);
  const tried = await measure(
    slots.map((some) => drain(bench, stand, some, TASKS / 4)),
    { warmUps: 1, repetitions: 1 },
  );
  const best = tried.reduce((a, b) => (b.median > a.median ? b : a));
  return drain(bench, stand, slots[tried.indexOf(best)]!, TASKS);
}

function drain(bench: Bench, stand: Stand, slots: number, full: number): Case {
  const { name, contender, sender } = stand;
  return {
    name: contender.slots.length === 1 ? name : `${name} (concurrency ${slots})`,
    count: Math.ceil(bench.count(full) / contender.fewer),
    async run(count) {
      return stand.withWorkers(1, async ([worker]) => {
        const once = async (): Promise<number> => {
          await sender.ask("sendBulk", { count, batch: 1_000 });
          const { ms } = await worker!.ask<{ ms: number }>("drain", { count, slots });
          await stand.checkRuns([worker!], count);
          await checkResults(stand, count);
          await sender.ask("clear");
          return ms;
        };
        if (contender.warmsUp && !bench.quick) for (let i = 0; i < WARM_UPS; i++) await once();
        return once();
      });
    },
  };
}

/** @throws Error unless every task that was sent last has ended with the right result */
async function checkResults({ name, sender }: Stand, count: number): Promise<void> {
  const right = await sender.ask<{ count: number }>("results", { count });
  if (right.count !== count) throw new Error(`${name}: ${right.count} of ${count} tasks have ended with the right result`);
}
