import { MarkdownTable } from "../docs/markdown-table.js";
import type { Check, Defect } from "./defect.js";

const table = new MarkdownTable(["what the broken build does", "what notices"]);

/** The table of the defects and the tests that notice them, as it stands in GUARANTEES.md. */
export function tableOf(defects: readonly Defect[]): string {
  return table.with(defects.map(rowOf));
}

/** The paper with another table in the place of its own. */
export function withTable(paper: string, defects: readonly Defect[]): string {
  return table.replacedIn(paper, defects.map(rowOf));
}

const rowOf = ({ name, checks }: Defect): string[] => [name, checks.map(linkTo).join("; ")];

function linkTo({ file, title }: Check): string {
  const [, name] = /^test\/(.*)\.test\.ts$/.exec(file)!;
  return `[${name}](${file}): ${title.replaceAll("*", "…")}`;
}
