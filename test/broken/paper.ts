import type { Check, Defect } from "./defect.js";

const head = "| what the broken build does | what notices |\n|---|---|\n";
const table = /\| what the broken build does \|.*\n(?:\|.*\n)*/;

/** The table of the defects and the tests that notice them, as it stands in GUARANTEES.md. */
export function tableOf(defects: readonly Defect[]): string {
  return `${head}${defects.map(({ name, checks }) => `| ${name} | ${checks.map(linkTo).join("; ")} |\n`).join("")}`;
}

/** The paper with another table in the place of its own. */
export function withTable(paper: string, defects: readonly Defect[]): string {
  return paper.replace(table, () => tableOf(defects));
}

function linkTo({ file, title }: Check): string {
  const [, name] = /^test\/(.*)\.test\.ts$/.exec(file)!;
  return `[${name}](${file}): ${title.replaceAll("*", "…")}`;
}
