import type { Bump } from "../breaking/bump.js";
import { about } from "../breaking/format.js";
import type { BreakingFinding, BreakingReport } from "../breaking/report.js";

const sections: readonly (readonly [heading: string, belongs: (finding: BreakingFinding) => boolean])[] = [
  ["Breaks messages", ({ level }) => level === "WIRE"],
  ["Breaks workers of Go Machinery", ({ level }) => level === "GO_WIRE"],
  ["Breaks code that is built against it", ({ level }) => level === "SOURCE"],
  ["Runs in another way", ({ level }) => level === "POLICY"],
  ["Added and eased", ({ level, rule }) => level === "SAFE" && rule !== "DESCRIPTION_CHANGED"],
  ["Words", ({ rule }) => rule === "DESCRIPTION_CHANGED"],
];

const sums: Readonly<Record<Bump, string>> = {
  major: "That is a major version: something that worked with the one before does not with this one.",
  minor: "That is a minor version: nothing that worked before breaks.",
  patch: "That is a patch: only words have changed.",
  none: "That needs no new version.",
};

/** What has changed, in prose, as a section of a changelog in Markdown; and the version that it amounts to. */
export function changelog({ package: name, against, findings, bump, unstable }: BreakingReport): string {
  if (findings.length === 0) return `## ${name}\n\nNothing has changed since ${against}. ${sums.none}\n`;
  const parts = sections.flatMap(([heading, belongs]) => {
    const items = findings.filter(belongs).map((finding) => `- ${finding.message} ${about(finding)}`.trimEnd());
    return items.length === 0 ? [] : [`### ${heading}\n\n${items.join("\n")}`];
  });
  const exempt = unstable ? " It was unstable before, and promised nothing." : "";
  return `## ${name}\n\nWhat has changed since ${against}. ${sums[bump]}${exempt}\n\n${parts.join("\n\n")}\n`;
}
