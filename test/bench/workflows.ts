import type { Bench } from "./bench.js";
import type { Extra } from "./contenders.js";
import type { Case } from "./measure.js";
import type { Place } from "./place.js";
import type { Stand } from "./stand.js";

const SLOTS = 200;

/** Tasks that depend on others, or on the time. */
export async function workflows(bench: Bench, place: Place, stands: readonly Stand[]): Promise<void> {
  const { name, title } = place;
  const [size, length] = [bench.count(1_000), bench.count(100)];
  const cases = (command: Extra, count: number, request: object) =>
    stands
      .filter(({ contender }) => contender.can.includes(command))
      .map((stand) => ({
        name: stand.name,
        count,
        async run() {
          const worker = await stand.working(SLOTS);
          const { ms } = await stand.sender.ask<{ ms: number }>(command, request);
          await stand.checkRuns([worker], count);
          return ms;
        },
      }));
  const tasks = (count: number): string => `${count.toLocaleString("en")} tasks`;
  const ms = "ms";
  await bench.compareBy(
    { name: `${name}-chord`, title: `${title}: a chord of ${tasks(size)}, to the result of its callback`, unit: ms },
    cases("chord", size, { size }),
    ({ run }) => run(),
  );
  await bench.compareBy(
    { name: `${name}-chain`, title: `${title}: a chain of ${tasks(length)}, to the last result`, unit: ms },
    cases("chain", length, { length }),
    ({ run }) => run(),
  );
  await delayed(bench, place, stands);
}

/** Many tasks that fall due at one moment, sent before. */
async function delayed(bench: Bench, { name, title }: Place, stands: readonly Stand[]): Promise<void> {
  let delayMs = bench.quick ? 500 : 2_000;
  const cases = stands
    .filter(({ contender }) => contender.can.includes("delayed"))
    .map(
      (stand): Case => ({
        name: stand.name,
        count: bench.count(5_000),
        async run(count) {
          const worker = await stand.working(SLOTS);
          for (;;) {
            const { ms, isLate } = await stand.sender.ask<{ ms: number; isLate: boolean }>("delayed", { count, delayMs });
            await stand.checkRuns([worker], count);
            if (!isLate) return ms;
            delayMs *= 2;
          }
        },
      }),
    );
  const count = bench.count(5_000).toLocaleString("en");
  await bench.compare(`${name}-delayed`, `${title}: ${count} tasks due at once, to the last result`, cases);
}
