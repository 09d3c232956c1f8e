/** One thing to measure: runs `count` operations, and resolves when all of them have ended. */
export interface Case {
  readonly name: string;
  readonly count: number;
  /** Resolves to how long they took, in milliseconds, where that is less than the whole run. */
  run(count: number): Promise<number> | Promise<void>;
}

/** What one thing gave, again and again. */
export interface Measured {
  readonly name: string;
  /** How many operations each repetition had. */
  readonly count: number;
  /** A figure of each repetition, ascending. */
  readonly values: readonly number[];
  readonly median: number;
}

/** How often each thing is measured, and how often before that for nothing, until all code is compiled and all caches are warm. */
export interface Rounds {
  readonly warmUps: number;
  readonly repetitions: number;
}

/** Measures cases side by side, in operations per second. */
export function measure(cases: readonly Case[], rounds: Rounds): Promise<Measured[]> {
  return alternate(cases, rounds, async ({ count, run }) => {
    const start = process.hrtime.bigint();
    const ms = await run(count);
    const seconds = typeof ms === "number" ? ms / 1e3 : Number(process.hrtime.bigint() - start) / 1e9;
    return count / seconds;
  });
}

/** A B A B …, so that a machine which is slow for a while is slow for all of them. */
export async function alternate<T extends { readonly name: string; readonly count: number }>(
  things: readonly T[],
  { warmUps, repetitions }: Rounds,
  once: (thing: T) => Promise<number>,
): Promise<Measured[]> {
  const values = things.map((): number[] => []);
  for (let round = -warmUps; round < repetitions; round++) {
    for (const [i, thing] of things.entries()) {
      const value = await once(thing);
      if (round >= 0) values[i]!.push(value);
    }
  }
  return things.map(({ name, count }, i) => measured(name, count, values[i]!));
}

export function measured(name: string, count: number, values: readonly number[]): Measured {
  const sorted = values.toSorted((a, b) => a - b);
  return { name, count, values: sorted, median: median(sorted) };
}

/** @param sorted ascending */
export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)]!;
}
