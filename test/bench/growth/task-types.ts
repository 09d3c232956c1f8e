import type { Bench } from "../bench.js";
import type { Line } from "../curve.js";
import type { Place } from "../place.js";
import { withGrowers } from "./grower.js";
import { point } from "./point.js";

/** Whether a worker that knows many tasks is slower, when all of them come in turn. */
export async function taskTypes(bench: Bench, places: readonly Place[]): Promise<void> {
  const lines: Line[] = [];
  for (const place of places) {
    const points = await withGrowers(place, "bench_types", 2, async ([sender, worker]) => {
      const count = bench.count(10_000);
      const points = [];
      for (const types of [1, 10, 100, 1_000]) {
        await worker!.ask("work", { slots: 200, types });
        const once = async (): Promise<number> => {
          const { ms } = await sender!.ask<{ ms: number }>("flights", { count, inFlight: 200, types });
          return (count / ms) * 1e3;
        };
        for (let i = 0; i < bench.rounds.warmUps; i++) await once();
        points.push(await point(types, count, bench.growthRepetitions, once));
      }
      return points;
    });
    lines.push({ name: place.title, points });
  }
  const title = "Round trips, 200 in flight";
  bench.addCurve({ name: "growth-task-types", title, unit: "/s", over: "task types, in turn", lines });
}
