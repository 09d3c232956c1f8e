import { MarkdownTable } from "../docs/markdown-table.js";
import type { Line } from "./figures.js";

/** The tables of GUARANTEES.md that lines are for; the last column is the day of the run. */
export const tables: Readonly<Record<Line["table"], MarkdownTable>> = {
  counts: new MarkdownTable(["what", "how much", "seed", "lost", "other figures", "date"]),
  times: new MarkdownTable(["how long", "measured", "seed", "median", "99th percentile", "longest", "promised", "date"]),
};

/** The paper with these lines: each in the place of the one of its name, or in order among the others, which stay. */
export function withLines(paper: string, lines: readonly Line[], date: string): string {
  let text = paper;
  for (const [name, table] of Object.entries(tables)) {
    const fresh = lines.filter((line) => line.table === name).map(({ cells }) => [...cells, date]);
    const rows = new Map([...table.rowsIn(text), ...fresh].map((row) => [row[0]!, row]));
    text = table.replacedIn(text, [...rows.values()].sort(inOrder));
  }
  return text;
}

/** By the number of the case; what has none comes last. */
function inOrder([a]: readonly string[], [b]: readonly string[]): number {
  return numberOf(a!) - numberOf(b!) || a!.localeCompare(b!, "en");
}

function numberOf(name: string): number {
  return Number(/^F(\d+)/.exec(name)?.[1] ?? Number.MAX_SAFE_INTEGER);
}
