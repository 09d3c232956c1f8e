import { alignedTable, figure, type Unit } from "./comparison.js";
import type { Measured } from "./measure.js";

/** How something grows, or does not, with something else. */
export interface Curve {
  /** The case, such as `growth-queue-length`; unique. */
  readonly name: string;
  readonly title: string;
  readonly unit: Unit | "commands/s" | "MiB";
  /** What grows: `queued tasks`. */
  readonly over: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Point extends Omit<Measured, "name"> {
  readonly at: number;
}

/** A table for people, a row for each point. */
export function curveTable({ over, unit, lines }: Curve): string {
  const at = lines[0]!.points.map((point) => point.at);
  return alignedTable([
    [over, ...lines.map(({ name }) => `${name} ${unit}`)],
    ...at.map((x) => [x.toLocaleString("en"), ...lines.map((line) => cell(line, x))]),
  ]);
}

function cell({ points }: Line, x: number): string {
  const point = points.find(({ at }) => at === x);
  if (point === undefined) return "";
  const { values, median } = point;
  return values.length === 1 ? figure(median) : `${figure(median)} (${figure(values[0]!)}–${figure(values.at(-1)!)})`;
}
