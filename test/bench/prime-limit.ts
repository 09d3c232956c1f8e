import { count_primes } from "../../tasks/index.js";
import { median } from "./measure.js";

/** Up to which number to count primes for a task to take so long on this machine. */
export function limitFor(ms: number): number {
  const million = (): number => {
    const start = process.hrtime.bigint();
    count_primes(1_000_000);
    return Number(process.hrtime.bigint() - start) / 1e6;
  };
  const times = Array.from({ length: 20 }, million).slice(10);
  let limit = Math.round((1_000_000 * ms) / median(times.sort((a, b) => a - b)));
  // It is not quite in proportion.
  for (let i = 0; i < 5; i++) limit = Math.round((limit * ms) / time(limit));
  return limit;
}

/** The median of several, in milliseconds. */
function time(limit: number): number {
  const times = Array.from({ length: 11 }, () => {
    const start = process.hrtime.bigint();
    count_primes(limit);
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  return median(times.sort((a, b) => a - b));
}
