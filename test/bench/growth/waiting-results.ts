import type { Bench } from "../bench.js";
import type { Line } from "../curve.js";
import type { Place } from "../place.js";
import { withGrowers } from "./grower.js";
import { point } from "./point.js";

/** Whether a sender that waits for many results is slower. */
export async function waitingResults(bench: Bench, places: readonly Place[]): Promise<void> {
  const lines: Line[] = [];
  for (const place of places) {
    const points = await withGrowers(place, "bench_waiting", 2, async ([sender, worker]) => {
      const count = bench.count(5_000);
      await worker!.ask("work", { slots: 200, types: 1 });
      const once = async (): Promise<number> => {
        const { ms } = await sender!.ask<{ ms: number }>("flights", { count, inFlight: 100, types: 1 });
        return (count / ms) * 1e3;
      };
      for (let i = 0; i < bench.rounds.warmUps; i++) await once();
      let waiting = 0;
      const points = [];
      for (const results of bench.counts([1, 10, 100, 1_000, 10_000, 100_000])) {
        await sender!.ask("wait", { count: results - waiting });
        waiting = results;
        points.push(await point(results, count, bench.growthRepetitions, once));
      }
      await sender!.ask("clear");
      return points;
    });
    lines.push({ name: place.title, points });
  }
  const title = "Round trips, 100 in flight";
  bench.addCurve({ name: "growth-waiting-results", title, unit: "/s", over: "other results waited for", lines });
}
