import { formatDiagnostics } from "./contract/diagnostics.js";
import type { GenerateReport } from "./generate.js";

/** A report for a terminal: warnings, then each file that was written, removed, or differs. Nothing is said of what is as it was. */
export function formatReport({ out, diagnostics, written, removed, drift }: GenerateReport): string {
  const lines = [
    ...(diagnostics.length === 0 ? [] : [formatDiagnostics(diagnostics)]),
    ...written.map((path) => `wrote ${out}/${path}`),
    ...removed.map((path) => `removed ${out}/${path}`),
    ...drift.map(({ diff }) => diff.trimEnd()),
    ...(drift.length === 0
      ? []
      : [
          `${drift.length} generated ${drift.length === 1 ? "file differs" : "files differ"} from the contract. Run the command without --check.`,
        ]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
