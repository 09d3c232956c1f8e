import { ts } from "ts-morph";

/** Longer descriptions are cut; characters. */
export const maxDescription = 2_000;
const width = 100;

export interface JsDoc {
  readonly description?: string | undefined;
  /** Name and description of each argument that has one. */
  readonly params?: readonly (readonly [name: string, description: string])[];
  readonly returns?: string | undefined;
  readonly deprecated?: boolean;
}

/** Puts a JSDoc block before a node; none where there is nothing to say. The only way into a comment of generated code. */
export function withJsDoc<N extends ts.Node>(node: N, { description, params = [], returns, deprecated = false }: JsDoc): N {
  const tags = params.flatMap(([name, text]) => tag(`@param ${name}`, text));
  if (returns !== undefined) tags.push(...tag("@returns", returns));
  if (deprecated) tags.push("@deprecated");
  const prose = description === undefined ? [] : commentLines(description);
  const lines = [...prose, ...(prose.length > 0 && tags.length > 0 ? [""] : []), ...tags];
  const [only] = lines;
  if (only === undefined) return node;
  const text = lines.length === 1 ? `* ${only} ` : `*\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n `;
  return ts.addSyntheticLeadingComment(node, ts.SyntaxKind.MultiLineCommentTrivia, text, true);
}

function tag(name: string, text: string): string[] {
  const [first, ...more] = commentLines(text, width - name.length - 1);
  return first === undefined ? [] : [`${name} ${first}`, ...more.map((line) => `  ${line}`)];
}

/** A contract's prose as lines that are nothing but prose, wherever they stand in a block comment. */
export function commentLines(text: string, firstWidth = width): string[] {
  const harmless = text
    .slice(0, maxDescription)
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(/\t/g, " ")
    .replace(invisible, "")
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(/\*(?=\/)/g, "*\u200a")
    .replace(directives, (word) => `${word.charAt(0)} ${word.slice(1)}`)
    .trim();
  if (harmless === "") return [];
  const lines = harmless.split("\n").flatMap((line, index) => wrapped(line.trimEnd(), index === 0 ? firstWidth : width));
  return lines.map((line) => line.replace(/^(\s*)@/, "$1\\@").replaceAll("{@", "{\\@"));
}

/** Control characters but the line break, and what changes the direction or the look of the text around it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be removed
const invisible = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Words that tools look for in any comment. */
const directives =
  /source(?:Mapping)?URL|(?:eslint|biome|prettier|tslint|oxlint|deno|jshint|jslint)(?=[-:\s])|(?:istanbul|c8|v8)(?= +ignore)/gi;

function wrapped(line: string, firstWidth: number): string[] {
  const lines: string[] = [];
  let current = /^ */.exec(line)![0];
  let room = firstWidth;
  let empty = true;
  for (const word of line.trimStart().split(" ")) {
    if (!empty && current.length + 1 + word.length > room) {
      lines.push(current);
      current = word;
      room = width;
    } else {
      current += empty ? word : ` ${word}`;
    }
    empty = false;
  }
  return [...lines, current];
}
