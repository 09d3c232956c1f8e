import type { ExecutionContext } from "ava";
import { amount, tellLine } from "./figures.js";
import { full, seed } from "./profile.js";

export interface Spread {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Each percentile is one of the values: the least that so many percent of them do not exceed. There must be one at least. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1]!;
  return { n: sorted.length, p50: at(50), p99: at(99), max: at(100) };
}

/**
 * Prints how long it took, and in a full run, which has the machine to itself, holds the 99th percentile to what is promised, in
 * milliseconds.
 *
 * @param what what took so long, and on what: its line among the times
 */
export function holdWithin(t: ExecutionContext, what: string, times: readonly number[], mostMs: number): void {
  if (times.length === 0) return void t.fail(`${what}: nothing was measured`);
  const { n, p50, p99, max } = spreadOf(times);
  const said = `${what}: p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms, of ${n}`;
  t.log(said);
  if (full) t.true(p99 <= mostMs, `${said}; promised are ${mostMs} ms`);
  const inMs = [p50, p99, max, mostMs].map((ms) => `${amount(Math.round(ms))} ms`);
  tellLine(t, { table: "times", cells: [what, amount(n), `${seed}`, ...inMs] });
}
