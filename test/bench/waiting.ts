import { bareLoop } from "./bare-loop.js";
import type { Bench } from "./bench.js";
import { type Case, measured, median } from "./measure.js";
import type { Place } from "./place.js";
import type { Stand } from "./stand.js";

const SLOTS = 200;
const TRIPS = { memory: 50_000, file: 20_000, redis: 5_000, rabbitmq: 5_000 };

/** From sending to the result, with a worker in another process: one task after the other, and many at once. */
export async function waiting(bench: Bench, place: Place, stands: readonly Stand[]): Promise<void> {
  const { name, title } = place;
  await latency(bench, place, stands);
  const inFlight = 200;
  const trips = bench.count(TRIPS[name]);
  const cases = stands
    .filter(({ contender }) => contender.can.includes("flights"))
    .map(
      (stand): Case => ({
        name: stand.name,
        count: Math.ceil(trips / stand.contender.fewer),
        async run(count) {
          const worker = await stand.working(SLOTS);
          const { ms } = await stand.sender.ask<{ ms: number }>("flights", { count, inFlight });
          await stand.checkRuns([worker], count);
          return ms;
        },
      }),
    );
  await bench.compare(`${name}-round-trips`, `${title}: from sending to the result, 200 in flight`, [
    // Only beside what runs on this machine alone does that say anything.
    ...(name === "memory" || name === "file" ? [bareLoop(trips)] : []),
    ...cases,
  ]);
}

async function latency(bench: Bench, { name, title }: Place, stands: readonly Stand[]): Promise<void> {
  const worst = new Map<string, number[]>();
  const runs = stands.map((stand) => ({
    name: stand.name,
    count: Math.ceil(bench.count(1_000) / stand.contender.fewer),
    stand,
  }));
  const one = `${title}: from sending to the result, one task after the other`;
  await bench.compareBy({ name: `${name}-latency-p50`, title: `${one}, p50`, unit: "ms" }, runs, async ({ count, stand }) => {
    const worker = await stand.working(SLOTS);
    const { times } = await stand.sender.ask<{ times: number[] }>("roundTrips", { count });
    await stand.checkRuns([worker], count);
    times.sort((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)]!;
    worst.set(stand.name, [...(worst.get(stand.name) ?? []), p99]);
    return median(times);
  });
  const rows = runs.map(({ name, count }) => measured(name, count, worst.get(name)!.slice(-bench.rounds.repetitions)));
  bench.add({ name: `${name}-latency-p99`, title: `${one}, p99`, unit: "ms", rows });
}
