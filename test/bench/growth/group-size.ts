import type { Bench } from "../bench.js";
import { machinery } from "../contenders.js";
import type { Line } from "../curve.js";
import type { Place } from "../place.js";
import { Stand } from "../stand.js";
import { point } from "./point.js";

/** Whether a large group costs more for each of its tasks than a small one. */
export async function groupSize(bench: Bench, places: readonly Place[]): Promise<void> {
  const sizes = bench.counts([10, 100, 1_000, 10_000]);
  const lines: Line[] = [];
  for (const place of places) {
    const stand = new Stand(machinery, place);
    const points = [];
    for (const size of sizes) {
      const once = async (): Promise<number> => {
        const worker = await stand.working(200);
        const { ms } = await stand.sender.ask<{ ms: number }>("chord", { size });
        await stand.checkRuns([worker], size);
        return (size / ms) * 1e3;
      };
      // Small ones are over before the code is compiled.
      for (let i = 0; i < bench.rounds.warmUps * (size < 1_000 ? 20 : 2); i++) await once();
      points.push(await point(size, size, bench.growthRepetitions, once));
    }
    await stand.close();
    lines.push({ name: place.title, points });
  }
  bench.addCurve({
    name: "growth-group-size",
    title: "A chord, to its callback's result",
    unit: "/s",
    over: "tasks in its group",
    lines,
  });
}
