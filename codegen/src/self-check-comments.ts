import { ts } from "ts-morph";
import { headerStart } from "./header.js";

/**
 * Where a comment stands that is neither the header, nor the word to the compiler under it, nor JSDoc; or JSDoc that a tool would
 * take as told to it.
 */
export function foreignComment(source: ts.SourceFile): number | undefined {
  const { text } = source;
  return firstForeign(source);

  function firstForeign(node: ts.Node): number | undefined {
    const children = node.getChildren(source).filter((child) => !ts.isJSDoc(child));
    if (children.length === 0) return isForeign(node.pos, node.getStart(source, false)) ? node.pos : undefined;
    for (const child of children) {
      const found = firstForeign(child);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether there is more than known comments and white space before a token. */
  function isForeign(from: number, to: number): boolean {
    const lines = text.slice(from, to).trim().split("\n");
    const rest = lines.filter((line) => from > 0 || !(line.startsWith(headerStart) || line === "// @ts-nocheck")).join("\n");
    return rest !== "" && (!jsDoc.test(rest) || directive.test(rest));
  }
}

/** One block, from its start to its end. */
const jsDoc = /^\/\*\*(?:(?!\*\/)[\s\S])*\*\/$/;
const directive = /[#@] *source(?:Mapping)?URL|^[ *]*@ts-|eslint-|biome-ignore|prettier-ignore/im;
