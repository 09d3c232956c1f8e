import { count_primes } from "../../tasks/index.js";
import type { Bench } from "./bench.js";
import type { Case } from "./measure.js";
import type { Place } from "./place.js";
import { limitFor } from "./prime-limit.js";
import type { Stand } from "./stand.js";

const THREADS = 2;
/** So many go first, until the code of the whole way is compiled: some seconds in the life of a worker. */
const WARM_UP = 5_000;

/** Queued tasks that keep a CPU busy for a millisecond, run on the threads of one worker. */
export async function sandboxes(bench: Bench, { name, title }: Place, stands: readonly Stand[]): Promise<void> {
  const limit = limitFor(1);
  const right = count_primes(limit) as number;
  const cases = stands
    .filter(({ contender }) => contender.can.includes("primes"))
    .map(
      (stand): Case => ({
        name: stand.name,
        count: bench.count(2_000),
        async run(count) {
          const warmUp = bench.count(WARM_UP);
          const { sender } = stand;
          await sender.ask("sendPrimes", { count: warmUp + count, limit });
          const ms = await stand.withWorkers(1, async ([worker]) => {
            const answer = await worker!.ask<{ ms: number }>("drainPrimes", { count, warmUp, threads: THREADS });
            return answer.ms;
          });
          const ended = await sender.ask<{ count: number }>("primes", { count: warmUp + count, primes: right });
          if (ended.count !== warmUp + count) throw new Error(`${stand.name}: ${ended.count} of ${warmUp + count} are right`);
          await sender.ask("clear");
          return ms;
        },
      }),
    );
  await bench.compare(`${name}-sandbox`, `${title}: tasks of 1 ms on ${THREADS} threads of a worker`, cases);
}
