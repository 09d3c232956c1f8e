import { ts } from "ts-morph";

const printer = ts.createPrinter({ newLine: ts.NewLineKind.LineFeed });

/** Statements as the text of a file: two spaces deep, a blank line between those that are more than a line, and a last line break. */
export function print(statements: readonly ts.Statement[]): string {
  let text = "";
  let before = { kind: ts.SyntaxKind.Unknown, lines: 0 };
  for (const statement of statements) {
    const printed = printer.printNode(ts.EmitHint.Unspecified, statement, nowhere);
    const now = { kind: statement.kind, lines: printed.split("\n").length };
    const belongs = before.kind === now.kind && before.lines === 1 && now.lines === 1;
    text += `${belongs || text === "" ? "" : "\n"}${printed}\n`;
    before = now;
  }
  return indented(text);
}

const nowhere = ts.createSourceFile("generated.ts", "", ts.ScriptTarget.Latest);

/** The printer's four spaces a level as two. No literal of generated code runs over a line. */
function indented(text: string): string {
  return text.replace(/^(?: {4})+/gm, (spaces) => spaces.slice(spaces.length / 2));
}

/** A type, or another part of a file, on one line. */
export function inlineText(node: ts.Node): string {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, nowhere)
    .replace(/\s*\n\s*/g, " ")
    .replace(/\[ /g, "[")
    .replace(/ \]/g, "]");
}
