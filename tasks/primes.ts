import type { Handlers } from "../generated/index.js";

/** So many numbers are sieved at a time: a large limit takes longer than a small one, and no more memory. */
const SEGMENT = 2 ** 16;

/** The sieve of Eratosthenes, segment by segment. */
export const count_primes: Handlers["count_primes"] = (limit) => {
  const primes = primesUpTo(Math.floor(Math.sqrt(limit)));
  const composite = new Uint8Array(SEGMENT);
  let count = 0;
  for (let low = 2; low <= limit; low += SEGMENT) {
    const length = Math.min(SEGMENT, limit - low + 1);
    composite.fill(0);
    for (const prime of primes) {
      const square = prime * prime;
      if (square >= low + length) break;
      const first = Math.max(square, Math.ceil(low / prime) * prime);
      for (let i = first - low; i < length; i += prime) composite[i] = 1;
    }
    for (let i = 0; i < length; i++) if (composite[i] === 0) count++;
  }
  return count;
};

function primesUpTo(limit: number): number[] {
  const primes: number[] = [];
  for (let n = 2; n <= limit; n++) if (primes.every((prime) => prime * prime > n || n % prime !== 0)) primes.push(n);
  return primes;
}
