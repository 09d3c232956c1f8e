import { commentLines } from "../comment.js";

/** The columns that a comment's text may have. */
const width = 100;

/**
 * A string as a Go literal: the only way from data into generated Go. Beyond ASCII's printable characters everything is escaped, and
 * half a surrogate pair, which no Go string can hold, becomes U+FFFD.
 */
export function goString(text: string): string {
  const escaped = JSON.stringify(text.toWellFormed()).replace(/[^ -~]/gu, (char) => {
    const code = char.codePointAt(0)!;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
  return escaped;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/**
 * A contract's prose as the lines of one paragraph of a Go comment. One paragraph that begins with our own words: gofmt then finds no
 * heading, list or link in it that it would write differently.
 *
 * @param start how it begins
 */
export function goComment(start: string, prose = "", indent = ""): string[] {
  const plain = commentLines(prose).join(" ").replace(/`{2,}/g, "`").replace(/'{2,}/g, '"');
  const words = `${start} ${plain}`.split(/\s+/u).filter((word) => word !== "");
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line += line === "" ? word : ` ${word}`;
    }
  }
  return [...lines, line].map((text) => `${indent}// ${text}`);
}
