import { type Html, html } from "./html.js";

/** A description: paragraphs at blank lines, and `code`. */
export function prose(text: string | undefined): Html[] {
  if (text === undefined) return [];
  const paragraphs = text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== "");
  return paragraphs.map((paragraph) => html`<p>${inline(paragraph.trim())}</p>`);
}

/** The same on one line. */
export function inline(text: string): Html[] {
  return text.split(/`([^`\n]+)`/).map((part, i) => (i % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
}
