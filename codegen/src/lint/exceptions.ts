import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { commentsIn } from "../contract/comments.js";
import { didYouMean } from "../contract/suggest.js";
import { type LintRuleId, lintRules } from "./rules.js";

/** A comment `# lint off RULE: reason`, and the lines in which it lets the rule's findings pass. */
export interface LintException {
  readonly rule: LintRuleId;
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/** A comment that was meant to be one. */
export interface Misfit {
  readonly offset: number;
  readonly message: string;
}

/**
 * The exceptions in the comments of a contract. One before a key or an item, or beside it, holds for all that is in it; one before the
 * first key, for the whole contract.
 */
export function lintExceptions(text: string): { exceptions: LintException[]; misfits: Misfit[] } {
  const lines = new LineCounter();
  const root = parseDocument(text, { lineCounter: lines }).contents;
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const blocks = blocksIn(root, lineOf);
  const first = root?.range === undefined || root.range === null ? 0 : root.range[0];
  const exceptions: LintException[] = [];
  const misfits: Misfit[] = [];
  for (const { text: comment, offset, alone } of commentsIn(text)) {
    const [meant, id = "", reason = ""] = /^#\s*lint off\b\s*([^\s:]*)\s*:?\s*(.*)$/.exec(comment) ?? [];
    if (meant === undefined) continue;
    if (!Object.hasOwn(lintRules, id)) {
      const near = didYouMean(id, Object.keys(lintRules));
      misfits.push({
        offset,
        message: id === "" ? "It names no rule." : `There is no rule ${id}.${near === undefined ? "" : ` ${near}`}`,
      });
    } else if (reason === "") misfits.push({ offset, message: `It does not say why ${id} is switched off.` });
    else {
      const rule = id as LintRuleId;
      if (offset < first) exceptions.push({ rule, from: 1, to: Number.POSITIVE_INFINITY, offset });
      else exceptions.push({ rule, ...linesFor(lineOf(offset), alone, blocks), offset });
    }
  }
  return { exceptions, misfits };
}

interface Block {
  readonly from: number;
  readonly to: number;
}

/** The largest thing that begins in the comment's line, or in the next one that anything begins in. */
function linesFor(line: number, alone: boolean, blocks: readonly Block[]): Block {
  const begins = alone ? Math.min(...blocks.filter(({ from }) => from > line).map(({ from }) => from)) : line;
  const there = blocks.filter(({ from }) => from === begins);
  return { from: begins, to: Math.max(begins, ...there.map(({ to }) => to)) };
}

/** The lines of each pair and each item. */
function blocksIn(root: Node | null, lineOf: (offset: number) => number): Block[] {
  const blocks: Block[] = [];
  const add = (start: number | undefined, node: unknown): void => {
    const end = (node as Node | null)?.range?.[1] ?? start;
    if (start !== undefined && end !== undefined) blocks.push({ from: lineOf(start), to: lineOf(Math.max(start, end - 1)) });
    walk(node);
  };
  const walk = (node: unknown): void => {
    if (isMap(node)) for (const { key, value } of node.items) add(isScalar(key) ? key.range?.[0] : undefined, value);
    else if (isSeq(node)) for (const item of node.items) add((item as Node | null)?.range?.[0], item);
  };
  walk(root);
  return blocks;
}
