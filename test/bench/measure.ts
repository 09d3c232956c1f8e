/** One thing to measure: runs `count` operations, and resolves when all of them have ended. */
export interface Case {
  readonly name: string;
  readonly count: number;
  /** Resolves to how long they took, in milliseconds, where that is less than the whole run. */
  run(count: number): Promise<number> | Promise<void>;
}

export interface Measured {
  readonly name: string;
  /** Operations per second of each repetition, ascending. */
  readonly rates: readonly number[];
  readonly median: number;
}

/**
 * Measures cases side by side: one warm-up each, then A B A B …, so that a machine which is slow for a while is slow for all of
 * them.
 */
export async function measure(cases: readonly Case[], repetitions: number): Promise<Measured[]> {
  const rates = cases.map((): number[] => []);
  for (let round = -1; round < repetitions; round++) {
    for (const [i, { count, run }] of cases.entries()) {
      const start = process.hrtime.bigint();
      const ms = await run(count);
      const seconds = typeof ms === "number" ? ms / 1e3 : Number(process.hrtime.bigint() - start) / 1e9;
      if (round >= 0) rates[i]!.push(count / seconds);
    }
  }
  return cases.map(({ name }, i) => {
    const sorted = rates[i]!.sort((a, b) => a - b);
    return { name, rates: sorted, median: median(sorted) };
  });
}

/** @param sorted ascending */
export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** A table for people, with each median as a ratio to the first one's. */
export function table(measured: readonly Measured[]): string {
  const base = measured[0]!.median;
  const rows = [
    ["case", "median/s", "lowest", "highest", "ratio"],
    ...measured.map(({ name, rates, median }) => [
      name,
      count(median),
      count(rates[0]!),
      count(rates.at(-1)!),
      (median / base).toPrecision(3),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "))
    .join("\n");
}

function count(rate: number): string {
  return Math.round(rate).toLocaleString("en");
}
