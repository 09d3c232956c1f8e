import { type Html, html, type Part } from "./html.js";

export type Language = "ts" | "go" | "json" | "console";

const keywords: ReadonlySet<string> = new Set(
  `await const export false func import interface null package readonly return string struct true type undefined void bigint boolean number
  int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64 bool error map`.split(/\s+/),
);

/** Comments, strings, numbers, words: what is coloured. */
const tokens = /(\/\*[\s\S]*?\*\/|\/\/[^\n]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`)|(\b\d[\w.]*)|(\b[A-Za-z_]\w*)/g;

/** A block of code. */
export function code(text: string, language: Language): Html {
  const parts = language === "console" ? [text] : coloured(text, language);
  return html`<pre tabindex="0"><code>${parts}</code></pre>`;
}

function coloured(text: string, language: Language): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const { 0: token, 1: comment, 2: string, 3: number, 4: word, index } of text.matchAll(tokens)) {
    // JSON has no comments: there these are parts of strings, which are found first.
    const kind =
      comment !== undefined
        ? "comment"
        : string !== undefined
          ? language === "json" && /^\s*:/.test(text.slice(index + token.length, index + token.length + 2))
            ? "key"
            : "string"
          : number !== undefined
            ? "number"
            : keywords.has(word!)
              ? "keyword"
              : undefined;
    if (kind === undefined) continue;
    parts.push(text.slice(from, index), html`<span class="${kind}">${token}</span>`);
    from = index + token.length;
  }
  return [...parts, text.slice(from)];
}
