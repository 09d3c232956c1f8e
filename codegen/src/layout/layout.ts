import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { canonicalJson } from "../contract/canonical.js";
import { commentsIn } from "../contract/comments.js";
import { ContractError } from "../contract/diagnostics.js";
import { Findings, type Path } from "../contract/findings.js";
import { parseSource } from "../contract/source.js";
import { keyOrder } from "./key-order.js";

const width = 120;

/**
 * The text of a contract in its one layout: two spaces a level, keys in the order of the reference, names in the author's, a blank line
 * between tasks and between types, quotation marks where they are needed. Mappings stay as they were written, in a block or in braces.
 * Every comment stays with what it stands at. Pure, and the same again for what it gives.
 *
 * @throws ContractError if the text is no YAML
 */
export function layOut(text: string, path: string): string {
  const value = parsed(text, path);
  if (path.endsWith(".json") && !hasComments(text)) return `${JSON.stringify(inOrder(value, []), undefined, 2)}\n`;
  // An alias must stand behind its anchor, which another order may not leave it.
  for (const ordered of [true, false]) {
    const laidOut = print(text, ordered);
    if (laidOut !== undefined && isSame(laidOut, text, value, path)) return laidOut;
  }
  return text;
}

function parsed(text: string, path: string): unknown {
  const findings = new Findings(path, text);
  const value = parseSource(text, findings);
  if (findings.failed) throw new ContractError(findings.diagnostics());
  return value;
}

/** Nothing that is said, and no comment, is lost or changed. */
function isSame(laidOut: string, text: string, value: unknown, path: string): boolean {
  const comments = (of: string) => [...commentsIn(of)].map((comment) => comment.text).sort();
  const findings = new Findings(path, laidOut);
  const again = parseSource(laidOut, findings);
  if (findings.failed || canonicalJson(again) !== canonicalJson(value)) return false;
  return comments(laidOut).join("\n") === comments(text).join("\n");
}

function hasComments(text: string): boolean {
  return !commentsIn(text).next().done;
}

/** `undefined` where an alias would stand before its anchor. */
function print(text: string, ordered: boolean): string | undefined {
  const document = parseDocument(text, { schema: "core", version: "1.2", intAsBigInt: true, uniqueKeys: false });
  keepHead(document);
  if (document.contents !== null) arrange(document.contents, [], ordered);
  try {
    return document.toString({ indent: 2, lineWidth: width, minContentWidth: 20, flowCollectionPadding: true });
  } catch {
    return undefined;
  }
}

/** Of the comments before the first key, those that a blank line parts from it belong to the file. */
function keepHead(document: Document): void {
  const key = isMap(document.contents) ? document.contents.items[0]?.key : undefined;
  if (!isScalar(key) || !key.commentBefore) return;
  const end = key.commentBefore.lastIndexOf("\n\n");
  if (end === -1) return;
  document.commentBefore = [document.commentBefore, key.commentBefore.slice(0, end)].filter((text) => text).join("\n\n");
  key.commentBefore = key.commentBefore.slice(end + 2);
}

function arrange(node: Node, path: Path, ordered: boolean): void {
  if (isScalar(node)) plain(node);
  else if (isSeq(node)) {
    pad(node, "");
    for (const [index, item] of node.items.entries()) arrange(item as Node, [...path, index], ordered);
  } else if (isMap(node)) {
    pad(node, " ");
    node.comment = node.comment?.replace(/^\n+|\n+$/g, "") ?? null;
    if (path.length > 0) node.spaceBefore = false;
    if (ordered) sort(node, keyOrder(path), path.length === 0);
    space(node, path);
    for (const pair of node.items) {
      if (isScalar(pair.key)) plain(pair.key);
      if (pair.value !== null) arrange(pair.value as Node, [...path, nameOf(pair)], ordered);
    }
  }
}

/** Spaces inside braces, and none inside brackets: the library has one setting for both. */
function pad(collection: YAMLMap | YAMLSeq, padding: string): void {
  const print = collection.toString.bind(collection);
  collection.toString = (context, ...more) => print(context && { ...context, flowCollectionPadding: padding }, ...more);
}

/** Quotation marks only where the text would be read as something else; text in blocks stays in blocks. */
function plain(scalar: Scalar): void {
  if (scalar.type === Scalar.QUOTE_SINGLE || scalar.type === Scalar.QUOTE_DOUBLE) delete scalar.type;
}

function nameOf(pair: Pair): string {
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : "";
}

/** In braces, a description stands last. */
function sort(map: YAMLMap, order: readonly string[] | undefined, top: boolean): void {
  if (order === undefined) return;
  const rank = (pair: Pair): number => {
    const name = nameOf(pair);
    if (map.flow && name === "description") return order.length + 1;
    const at = order.indexOf(name);
    return at === -1 ? order.length : at;
  };
  const first = map.items[0];
  map.items.sort((a, b) => rank(a) - rank(b));
  // What stood before the first key belongs to it; at the top, to the file.
  if (map.items[0] !== first && !top && map.commentBefore && isScalar(first?.key)) {
    first.key.commentBefore = [map.commentBefore, first.key.commentBefore].filter((text) => text).join("\n");
    map.commentBefore = null;
  }
}

const sections = new Set(["imports", "reserved", "tasks", "$defs"]);

function space(map: YAMLMap, path: Path): void {
  if (map.flow) return;
  for (const [index, pair] of map.items.entries()) {
    if (!isScalar(pair.key)) continue;
    const inRecord = path.length === 1 && (path[0] === "tasks" || path[0] === "$defs");
    const inTask = path[0] === "tasks" && path.length >= 2;
    if (path.length === 0 && (index === 0 || sections.has(nameOf(pair)))) pair.key.spaceBefore = index > 0;
    else if (inRecord) pair.key.spaceBefore = index > 0;
    else if (inTask) pair.key.spaceBefore = false;
  }
}

/** The same for JSON. */
function inOrder(value: unknown, path: Path): unknown {
  if (Array.isArray(value)) return value.map((item, index) => inOrder(item, [...path, index]));
  if (typeof value !== "object" || value === null) return value;
  const order = keyOrder(path);
  const rank = (key: string): number => {
    const at = order?.indexOf(key) ?? 0;
    return at === -1 ? order!.length : at;
  };
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(entries.map(([key, member]) => [key, inOrder(member, [...path, key])]));
}
