import { printable } from "../contract/diagnostics.js";
import { annotation } from "../github.js";
import type { BreakingFinding, BreakingReport } from "./report.js";
import { type First, isStopped, type Level, levels } from "./rule.js";

export type ReportFormat = "text" | "json" | "github";

/** Whether a change is at or above a level, and was not allowed to begin with. */
export function isBroken({ unstable, findings }: BreakingReport, gate: Level): boolean {
  return !unstable && findings.some(({ level }) => isStopped(level, gate));
}

/** A report for a terminal, a program, or GitHub's annotations; each ends in a line break. */
export function formatBreaking(report: BreakingReport, gate: Level, format: ReportFormat): string {
  if (format === "json") return `${JSON.stringify({ ...report, gate, broken: isBroken(report, gate) }, undefined, 2)}\n`;
  const lines = report.findings.map((finding) => (format === "github" ? githubLine(finding, report, gate) : textLines(finding)));
  return `${[...lines, summary(report)].join("\n")}\n`;
}

function textLines(finding: BreakingFinding): string {
  const { file, line, column, pointer, level, rule, message } = finding;
  const place = `${file}:${line}:${column}${pointer === "" ? "" : ` ${printable(pointer)}`}`;
  const more = about(finding);
  return `${place} ${level} [${rule}] ${message}${more === "" ? "" : `\n    ${more}`}`;
}

function githubLine(finding: BreakingFinding, report: BreakingReport, gate: Level): string {
  const { file, line, column, level, rule, message } = finding;
  const kind = level === "SAFE" ? "notice" : isStopped(level, gate) && !report.unstable ? "error" : "warning";
  return annotation({ kind, file, line, column, title: `${level} ${rule}`, message: `${message} ${about(finding)}` });
}

/** Which way it flows, what to do where something breaks, and in which order. */
export function about({ direction, first, hint, level }: Pick<BreakingFinding, "direction" | "first" | "hint" | "level">): string {
  const flow =
    direction === undefined ? [] : [direction === "arguments" ? "Flows from sender to worker." : "Flows from worker to sender."];
  return [...flow, ...(level === "SAFE" ? [] : [hint]), ...orders[first]].join(" ");
}

const orders: Readonly<Record<First, readonly string[]>> = {
  workers: ["Deploy workers first."],
  senders: ["Deploy senders first."],
  either: [],
  neither: ["No order of deployment helps."],
};

function summary({ against, findings, unstable, bump }: BreakingReport): string {
  if (findings.length === 0) return `Nothing has changed since ${against}.`;
  const counts = levels.flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return count === 0 ? [] : [`${count} ${level}`];
  });
  const allowed = unstable ? " It was unstable there, and promised nothing." : "";
  return `Since ${against}: ${counts.join(", ")}. The next version is a ${bump} one.${allowed}`;
}
