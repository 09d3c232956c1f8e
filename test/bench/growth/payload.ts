import type { Bench } from "../bench.js";
import { machinery } from "../contenders.js";
import type { Line } from "../curve.js";
import type { Place } from "../place.js";
import { Stand } from "../stand.js";
import { point } from "./point.js";

const sizes = [
  { bytes: 100, count: 5_000 },
  { bytes: 1_000, count: 5_000 },
  { bytes: 10_000, count: 2_000 },
  { bytes: 100_000, count: 300 },
  { bytes: 500_000, count: 60 },
];

/** How much slower large arguments and results are. */
export async function payload(bench: Bench, places: readonly Place[]): Promise<void> {
  const lines: Line[] = [];
  for (const place of places) {
    const stand = new Stand(machinery, place);
    const points = [];
    for (const { bytes, count: full } of sizes) {
      const count = bench.count(full);
      const once = async (): Promise<number> => {
        await stand.working(200);
        const { ms } = await stand.sender.ask<{ ms: number }>("echoes", { count, inFlight: 50, bytes });
        return (count / ms) * 1e3;
      };
      if (points.length === 0) for (let i = 0; i < bench.rounds.warmUps; i++) await once();
      points.push(await point(bytes, count, bench.growthRepetitions, once));
    }
    await stand.close();
    lines.push({ name: place.title, points });
  }
  bench.addCurve({ name: "growth-payload", title: "Texts there and back", unit: "/s", over: "bytes of each", lines });
}
