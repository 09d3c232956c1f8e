import type { ReportFormat } from "../breaking/format.js";
import { formatDiagnostic } from "../contract/diagnostics.js";
import { annotation } from "../github.js";
import type { LintFinding, LintReport } from "./lint.js";

/** Findings for a terminal, a program, or GitHub's annotations; each ends in a line break. Where there are none, a line for a terminal. */
export function formatLint({ file, tasks, findings }: LintReport, format: ReportFormat): string {
  if (format === "json") return `${JSON.stringify({ findings: findings.map(plain) }, undefined, 2)}\n`;
  if (format === "text" && findings.length === 0) return `${file}: ${tasks} ${tasks === 1 ? "task" : "tasks"}, nothing to mend.\n`;
  const lines = findings.map((finding) => (format === "github" ? githubLine(finding) : formatDiagnostic(finding)));
  return lines.map((line) => `${line}\n`).join("");
}

function plain({ code, file, line, column, pointer, message, hint }: LintFinding): object {
  return { rule: code, file, line, column, pointer, message, hint };
}

function githubLine({ code, file, line, column, message, hint }: LintFinding): string {
  return annotation({ kind: "error", file, line, column, title: code, message: `${message} ${hint}` });
}
