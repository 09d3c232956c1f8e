import { isMap, parseDocument } from "yaml";

/**
 * A contract's text without its imports: what others get to see. They send this contract's tasks, and what it imports may lie
 * where they have nothing. A contract without imports stays as it is, to the byte.
 *
 * @param text of a contract in which nothing is wrong
 */
export function withoutImports(text: string): string {
  const document = parseDocument(text, { schema: "core", version: "1.2", logLevel: "error" });
  if (!isMap(document.contents) || !document.delete("imports")) return text;
  return document.toString({ lineWidth: 0 });
}
