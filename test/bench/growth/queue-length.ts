import { setTimeout as delay } from "node:timers/promises";
import { callRedis } from "../../services/redis-call.js";
import type { Bench } from "../bench.js";
import type { Line, Point } from "../curve.js";
import type { Place } from "../place.js";
import { withGrowers } from "./grower.js";
import { point } from "./point.js";

const SLOTS = 200;
const DRAINED = 10_000;

/** Whether a long queue is drained more slowly than a short one, and takes more of the worker's memory. */
export async function queueLength(bench: Bench, places: readonly Place[]): Promise<void> {
  const lengths = bench.counts([1_000, 10_000, 100_000, 1_000_000]);
  const rates: Line[] = [];
  const memory: Line[] = [];
  for (const place of places) {
    const some = place.name === "redis" ? lengths : lengths.slice(0, -1);
    const line = await drained(bench, place, some);
    rates.push({ name: place.title, points: line.map(({ rate }) => rate) });
    memory.push({ name: place.title, points: line.map(({ rss }) => rss) });
  }
  const over = "queued tasks";
  bench.addCurve({ name: "growth-queue-length", title: "Draining a queue", unit: "/s", over, lines: rates });
  bench.addCurve({ name: "growth-queue-memory", title: "Memory of the worker that drains it", unit: "MiB", over, lines: memory });
}

async function drained(bench: Bench, place: Place, lengths: readonly number[]): Promise<{ rate: Point; rss: Point }[]> {
  return withGrowers(place, "bench_length", 2, async ([sender, worker]) => {
    const points: { rate: Point; rss: Point }[] = [];
    let queued = 0;
    for (const length of lengths) {
      const count = Math.min(length, bench.count(DRAINED));
      let rss = 0;
      // The first time is for nothing: until the code of the whole way is compiled.
      const warmUps = points.length === 0 ? bench.rounds.warmUps : 0;
      const once = async (): Promise<number> => {
        await sender!.ask("fill", { count: length - queued });
        if (place.name === "redis") await rehashed(place.broker);
        const answer = await worker!.ask<{ ms: number; ended: number; rss: number }>("drainSome", { count, slots: SLOTS });
        queued = length - answer.ended;
        rss = answer.rss / 2 ** 20;
        return (count / answer.ms) * 1e3;
      };
      for (let i = 0; i < warmUps; i++) await once();
      const rate = await point(length, count, bench.growthRepetitions, once);
      points.push({ rate, rss: await point(length, count, 1, async () => rss) });
    }
    await sender!.ask("clear");
    return points;
  });
}

/**
 * Until Redis has moved its keys to a larger hash table: for some seconds after their number has passed a power of two, and with so many
 * keys they do, it looks in two tables and moves a bit with every command. That is the cost of growing, not of being long. A server that
 * does not let itself be debugged is taken as it is.
 */
async function rehashed(url: string): Promise<void> {
  const table = (): Promise<string> => callRedis<string>({ url }, "DEBUG", "HTSTATS", "0").catch(() => "");
  while ((await table()).includes("rehashing target")) await delay(500);
}
