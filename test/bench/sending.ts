import type { Bench } from "./bench.js";
import type { Case } from "./measure.js";
import type { Place } from "./place.js";
import type { Stand } from "./stand.js";

/** Tasks into the queue, one by one and together; nobody takes them out. */
export async function sending(bench: Bench, place: Place, stands: readonly Stand[]): Promise<void> {
  const cases = (command: "send" | "sendBulk", full: number, request: object): Case[] =>
    stands.map(({ name, contender, sender }) => ({
      name,
      count: Math.ceil(bench.count(full) / contender.fewer),
      async run(count) {
        const { ms } = await sender.ask<{ ms: number }>(command, { count, ...request });
        const queued = await sender.ask<{ count: number }>("queued");
        if (queued.count !== count) throw new Error(`${name} has ${queued.count} tasks in its queue, of ${count} that were sent`);
        await sender.ask("clear");
        return ms;
      },
    }));
  const { name, title } = place;
  await bench.compare(`${name}-send`, `${title}: sent one by one, 500 in flight`, cases("send", 20_000, { inFlight: 500 }));
  const bulk = cases("sendBulk", 20_000, { batch: 1_000 });
  await bench.compare(`${name}-bulk`, `${title}: sent in batches of 1,000 (where it has batches)`, bulk);
}
