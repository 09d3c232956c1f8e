import { type Contender, machinery, peers, probe } from "./contenders.js";
import { type Case, measure, median, table } from "./measure.js";
import type { Program } from "./program.js";

export interface RedisBench {
  readonly url: string;
  readonly quick: boolean;
  readonly repetitions: number;
}

/** Sends, and has a worker in another process, a new one for each measurement. */
interface Pair {
  readonly contender: Contender;
  readonly sender: Program;
}

/** machinery-ts and others on one Redis, each in processes of its own, in turns. */
export async function redisBench({ url, quick, repetitions }: RedisBench): Promise<void> {
  const contenders = [...peers(), machinery, probe];
  const pairs = contenders.map((contender): Pair => ({ contender, sender: contender.start(url) }));
  const count = (full: number, { fewer }: Contender): number => Math.ceil((quick ? full / 10 : full) / fewer);
  const show = async (title: string, cases: readonly Case[]): Promise<void> =>
    console.log(`${title}\n\n${table(await measure(cases, repetitions))}\n`);

  const sending = (command: string, full: number, request: object): Case[] =>
    pairs.map(({ contender, sender }) => ({
      name: contender.name,
      count: count(full, contender),
      run: async (n) => {
        const { ms } = await sender.ask<{ ms: number }>(command, { count: n, ...request });
        await sender.ask("clear");
        return ms;
      },
    }));

  const draining = ({ contender, sender }: Pair, slots: number, full: number): Case => ({
    name: `${contender.name}, concurrency ${slots}`,
    count: count(full, contender),
    run: async (n) => {
      await sender.ask("sendBulk", { count: n, batch: 1_000 });
      const worker = contender.start(url);
      const { ms } = await worker.ask<{ ms: number }>("drain", { count: n, slots });
      await worker.close();
      await sender.ask("clear");
      return ms;
    },
  });

  const bestOf = async (pair: Pair): Promise<Case> => {
    const { slots } = pair.contender;
    if (slots.length === 1) return draining(pair, slots[0]!, 20_000);
    const tried = await measure(
      slots.map((some) => draining(pair, some, 5_000)),
      1,
    );
    const best = tried.reduce((a, b) => (b.median > a.median ? b : a));
    return draining(pair, slots[tried.indexOf(best)]!, 20_000);
  };

  try {
    await show("Redis, sent one by one, 500 in flight:", sending("send", 20_000, { inFlight: 500 }));
    await show("Redis, sent in batches of 1,000 (where it has batches):", sending("sendBulk", 50_000, { batch: 1_000 }));
    const drains: Case[] = [];
    for (const pair of pairs) drains.push(await bestOf(pair));
    await show("Redis, queued tasks run by one worker, a new process each time, all states stored:", drains);
    console.log("Redis, one task after the other, from sending to the result, in milliseconds:\n");
    console.log(await latencies(pairs, url, repetitions, (contender) => count(1_000, contender)));
  } finally {
    await Promise.all(pairs.map(({ sender }) => sender.close()));
  }
}

async function latencies(
  pairs: readonly Pair[],
  url: string,
  repetitions: number,
  count: (contender: Contender) => number,
): Promise<string> {
  const times = pairs.map((): number[] => []);
  const workers = pairs.map(({ contender }) => contender.start(url));
  for (const worker of workers) await worker.ask("work", { slots: 10 });
  for (let round = -1; round < repetitions; round++) {
    for (const [i, { contender, sender }] of pairs.entries()) {
      const answer = await sender.ask<{ times: number[] }>("roundTrips", { count: count(contender) });
      if (round >= 0) times[i]!.push(...answer.times);
    }
  }
  await Promise.all(workers.map((worker) => worker.close()));
  return pairs
    .map(({ contender }, i) => {
      const sorted = times[i]!.sort((a, b) => a - b);
      const p99 = sorted[Math.floor(sorted.length * 0.99)]!;
      return `${contender.name.padEnd(14)} p50 ${median(sorted).toFixed(2).padStart(6)}   p99 ${p99.toFixed(2).padStart(6)}\n`;
    })
    .join("");
}
