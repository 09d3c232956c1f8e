import type { Bench } from "./bench.js";
import type { Case } from "./measure.js";
import type { Place } from "./place.js";
import type { Stand } from "./stand.js";

const sizes = [
  { bytes: 100, count: 10_000 },
  { bytes: 10_000, count: 5_000 },
  { bytes: 500_000, count: 200 },
] as const;

/** Texts of several lengths, there and back. */
export async function payloads(bench: Bench, { name, title }: Place, stands: readonly Stand[]): Promise<void> {
  for (const { bytes, count } of sizes) {
    const cases = stands
      .filter(({ contender }) => contender.can.includes("echoes"))
      .map(
        (stand): Case => ({
          name: stand.name,
          count: bench.count(count),
          async run(count) {
            await stand.working(200);
            return (await stand.sender.ask<{ ms: number }>("echoes", { count, inFlight: 50, bytes })).ms;
          },
        }),
      );
    const size = bytes < 1_000 ? `${bytes} B` : `${bytes / 1_000} KB`;
    await bench.compare(`${name}-payload-${size.replace(" ", "")}`, `${title}: ${size} there and back, 50 in flight`, cases);
  }
}
