import type { PairRun, Report } from "./desk.js";
import type { Kind } from "./kinds.js";

/** What ran against what: a line for each kind of server that was asked for; empty where none was. */
export function reportTable(report: ReadonlyMap<Kind, Report>): string {
  const asked = [...report].filter(([, { service, program }]) => service !== undefined || program !== undefined);
  if (asked.length === 0) return "";
  const rows = asked.map(([kind, row]) => [kind, against(row), askedBy(row)] as const);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([kind, what, who]) => `    ${kind.padEnd(widths[0]!)}  ${what.padEnd(widths[1]!)}  ${who}`.trimEnd());
  return `\n  Servers of this run:\n\n${lines.join("\n")}\n\n`;
}

/** How many tests passed over each broker with each result backend; empty where none was tried. */
export function pairTable(pairs: readonly PairRun[]): string {
  if (pairs.length === 0) return "";
  const brokers = [...new Set(pairs.map(({ broker }) => broker))].sort();
  const backends = [...new Set(pairs.map(({ backend }) => backend))].sort();
  const passed = new Map(pairs.map(({ broker, backend, passed }) => [`${broker} ${backend}`, passed]));
  const width = Math.max(...[...brokers, "NOT RUN"].map(({ length }) => length));
  const cell = (broker: string, backend: string) => String(passed.get(`${broker} ${backend}`) || "NOT RUN");
  const row = (name: string, cells: readonly string[]) =>
    `    ${name.padEnd(width)}  ${cells.map((text, i) => text.padEnd(Math.max(backends[i]!.length, width))).join("  ")}`.trimEnd();
  const lines = [
    row("", backends),
    ...brokers.map((broker) =>
      row(
        broker,
        backends.map((backend) => cell(broker, backend)),
      ),
    ),
  ];
  return `\n  Tests passed over each broker (rows) with each result backend (columns):\n\n${lines.join("\n")}\n\n`;
}

function against({ service, program, sharing, starting }: Report): string {
  const answer = sharing === 0 && starting > 0 ? program : service;
  if (answer === undefined) return "";
  if ("service" in answer) return answer.service.from;
  if ("program" in answer) return answer.program;
  return "missing" in answer ? `NOT RUN: ${answer.missing}` : `FAILED: ${answer.failed.split("\n")[0]}`;
}

function askedBy({ service, program, sharing, starting }: Report): string {
  const did = (answer: Report["service"], what: string) => (answer !== undefined && "missing" in answer ? "skipped" : what);
  const parts: string[] = [];
  if (sharing > 0) parts.push(`${did(service, "shared")} by ${files(sharing)}`);
  if (starting > 0) parts.push(`${did(program, "servers of their own")} in ${files(starting)}`);
  return parts.join(", ");
}

const files = (count: number): string => (count === 1 ? "1 test file" : `${count} test files`);
