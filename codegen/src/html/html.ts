/** Text that is HTML already; `html` makes it. */
export class Html {
  readonly text: string;

  /** @param text for what is HTML by its nature, the style and the script; everything else goes through `html` */
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = string | number | Html | readonly Part[] | undefined;

/** A piece of HTML; what is put in is text, escaped, unless it is a piece itself. Nothing is left out for `undefined`. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(pieces.map((piece, i) => piece + (i < parts.length ? textOf(parts[i]) : "")).join(""));
}

function textOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return part.map(textOf).join("");
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Control characters, which HTML does not take, and what changes the direction of the text around it, become U+FFFD. */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(invisible, "\ufffd")
    .replace(/[&<>"']/g, (char) => entities[char]!);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be replaced
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
