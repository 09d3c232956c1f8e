import { type Comparison, figure } from "../comparison.js";
import type { Measured } from "../measure.js";
import { path, rect, svg, text } from "./svg.js";

const COLUMNS = 2;
const PANEL = 440;
const GAP = 24;
const LABELS = 120;
const FIGURES = 64;
const BAR = 18;
const OWN = "machinery-ts";

/** Comparisons side by side: a bar for each median, and over it a line from the lowest to the highest. */
export function barChart(title: string, comparisons: readonly Comparison[]): string {
  const parts: string[] = [];
  let y = GAP;
  for (let i = 0; i < comparisons.length; i += COLUMNS) {
    const row = comparisons.slice(i, i + COLUMNS);
    for (const [column, comparison] of row.entries()) parts.push(...panel(comparison, GAP + column * (PANEL + GAP), y));
    y += Math.max(...row.map(({ rows }) => rows.length)) * BAR + 2 * GAP + 8;
  }
  return svg(GAP + COLUMNS * (PANEL + GAP), y, title, parts);
}

function panel({ title, unit, rows }: Comparison, x: number, y: number): string[] {
  const most = Math.max(...rows.map(({ values }) => values.at(-1)!));
  const room = PANEL - LABELS - FIGURES;
  const { where, what } = headsOf(title);
  return [
    text(x, y, what, "head"),
    text(x, y + 15, `${where} · ${unit === "/s" ? "tasks/s, more is better" : `${unit}, less is better`}`, "dim"),
    ...rows.flatMap((row, i) => bar(row, x, y + GAP + i * BAR, room / most)),
  ];
}

/** A title in two lines, without what it says in brackets: "RabbitMQ, results in Redis: sent in batches (where it has them)". */
function headsOf(title: string): { readonly where: string; readonly what: string } {
  const [where, ...rest] = title.replace(/ \(.*?\)/, "").split(": ");
  const what = rest.join(": ");
  return { where: where!, what: what.slice(0, 1).toUpperCase() + what.slice(1) };
}

function bar({ name, values, median }: Measured, x: number, y: number, scale: number): string[] {
  const isOwn = name.startsWith(OWN);
  const [start, middle] = [x + LABELS, y + BAR / 2];
  const [lowest, highest] = [values[0]! * scale, values.at(-1)! * scale];
  return [
    // Of "BullMQ (concurrency 50)" the table tells the rest.
    text(x, middle + 4, name.replace(/ \(.*/, ""), isOwn ? "own-text" : ""),
    rect(start, y + 2, Math.max(median * scale, 1), BAR - 4, isOwn ? "own" : "other"),
    path(
      [
        [start + lowest, middle],
        [start + highest, middle],
      ],
      "spread",
    ),
    text(x + PANEL, middle + 4, figure(median), isOwn ? "own-text right" : "right"),
  ];
}
