import type { Measured } from "./measure.js";

/** What was measured of several things side by side. */
export interface Comparison {
  /** The case, such as `redis-drain`; unique. */
  readonly name: string;
  readonly title: string;
  /** Of `/s` more is better, of the others less. */
  readonly unit: Unit;
  readonly rows: readonly Measured[];
}

export type Unit = "/s" | "ms" | "µs";

/** A table for people, with each median as a ratio to the first one's. */
export function comparisonTable({ unit, rows }: Comparison): string {
  const base = rows[0]!.median;
  return alignedTable([
    ["", `median ${unit}`, "lowest", "highest", "times", "ratio"],
    ...rows.map(({ name, values, median }) => [
      name,
      figure(median),
      figure(values[0]!),
      figure(values.at(-1)!),
      String(values.length),
      (median / base).toPrecision(3),
    ]),
  ]);
}

/** The first column to the left, the others to the right. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "))
    .join("\n");
}

/** Three digits that count, at least: `12,345`, `1.23`. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}
