import { setTimeout as delay } from "node:timers/promises";
import { callRedis } from "../../services/redis-call.js";
import type { Bench } from "../bench.js";
import type { Point } from "../curve.js";
import type { Place } from "../place.js";
import type { Program } from "../program.js";
import { grower, withGrowers } from "./grower.js";
import { point } from "./point.js";

/** What many workers that have next to nothing to do cost the server, and the tasks that there are. */
export async function workers(bench: Bench, place: Place): Promise<void> {
  const [idle, busy] = await withGrowers(place, "bench_workers", 1, async ([sender]) => {
    const started: Program[] = [];
    const idle: Point[] = [];
    const busy: Point[] = [];
    try {
      for (const count of bench.counts([1, 5, 20, 50])) {
        while (started.length < count) {
          const worker = grower(place, "bench_workers");
          started.push(worker);
          await worker.ask("work", { slots: 10, types: 1 });
        }
        idle.push(await point(count, count, 1, () => commandRate(place, bench.quick ? 1_000 : 6_000)));
        const trips = bench.count(2_000);
        const once = async (): Promise<number> => {
          const { ms } = await sender!.ask<{ ms: number }>("flights", { count: trips, inFlight: 10, types: 1 });
          return (trips / ms) * 1e3;
        };
        if (count === 1) for (let i = 0; i < bench.rounds.warmUps; i++) await once();
        busy.push(await point(count, trips, bench.growthRepetitions, once));
      }
    } finally {
      await Promise.all(started.map((worker) => worker.close()));
    }
    return [idle, busy] as const;
  });
  const over = "worker processes";
  const [ofIdle, ofBusy] = [idle, busy].map((points) => [{ name: place.title, points }]);
  const title = "Commands to the server while all are idle";
  bench.addCurve({ name: "growth-idle-workers", title, unit: "commands/s", over, lines: ofIdle! });
  bench.addCurve({ name: "growth-workers", title: "Round trips, 10 in flight", unit: "/s", over, lines: ofBusy! });
}

/** What a Redis is asked for, scripts' own commands included, when nobody has anything to do. */
async function commandRate({ broker }: Place, ms: number): Promise<number> {
  const before = await commands(broker);
  await delay(ms);
  // Less those that asked.
  return (((await commands(broker)) - before - 1) / ms) * 1e3;
}

async function commands(url: string): Promise<number> {
  const info = await callRedis<string>({ url }, "INFO", "stats");
  return Number(/total_commands_processed:(\d+)/.exec(info)![1]);
}
