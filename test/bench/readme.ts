import { type Comparison, figure } from "./comparison.js";
import { describeEnvironment } from "./environment.js";
import type { Results } from "./results.js";

const BEGIN = "<!-- bench: begin -->";
const OWN = "machinery-ts";
const END = "<!-- bench: end -->";

/**
 * README.md with its tables of figures written anew.
 *
 * @throws Error where the README has no place for them
 */
export function speedSection(readme: string, results: Results): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no lines ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n${tables(results)}\n${readme.slice(end)}`;
}

function tables({ environment, repetitions, comparisons, curves }: Results): string {
  const beside = (place: string): Comparison[] =>
    comparisons.filter(({ name, rows }) => name.startsWith(`${place}-`) && rows.length > 1 && !/-(?:client|processes)/.test(name));
  const own = comparisons.filter(({ name }) => /^(?:memory|file)-(?:bulk|drain|round-trips|latency-p50)$|^start-up$/.test(name));
  return [
    `Medians of ${repetitions} on ${describeEnvironment(environment)}. In brackets: as a multiple of the figure beside it.`,
    ...["redis", "rabbitmq"].flatMap((place) => (beside(place).length > 0 ? [table(beside(place))] : [])),
    ...(own.length > 0 ? [table(own)] : []),
    ...(curves.length > 0 ? ["![How the rate grows with what there is](test/bench/results/growth.svg)"] : []),
  ].join("\n\n");
}

/** A row for each comparison, a column for each that was compared. */
function table(comparisons: readonly Comparison[]): string {
  const names = comparisons.flatMap(({ rows }) => rows.map(({ name }) => plain(name)));
  const columns = [...new Set(names)].sort((a, b) => rank(a) - rank(b));
  return [
    `| | ${columns.join(" | ")} |`,
    `|---|${"---:|".repeat(columns.length)}`,
    ...comparisons.map(({ title, unit, rows }) => {
      const cells = columns.map((column) => {
        const row = rows.find(({ name }) => plain(name) === column);
        if (row === undefined) return "";
        const ratio = column === OWN && row !== rows[0] ? ` (${(row.median / rows[0]!.median).toPrecision(2)} ×)` : "";
        return `${figure(row.median)}${ratio}`;
      });
      return `| ${title}, ${unit === "/s" ? "tasks/s" : unit} | ${cells.join(" | ")} |`;
    }),
  ].join("\n");
}

/** Of "BullMQ (concurrency 50)" the library. */
const plain = (name: string): string => name.replace(/ \(.*/, "");

/** This library first, then who came first. */
const rank = (name: string): number => (name === OWN ? 0 : 1);
