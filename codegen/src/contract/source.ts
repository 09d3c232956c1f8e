import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { quote } from "./diagnostics.js";
import type { Findings, Path } from "./findings.js";

const maxBytes = 5 * 1024 * 1024;
const maxNodes = 10_000;
const maxDepth = 64;
const maxAliases = 100;

const tooLarge = "Split the contract into several.";

/**
 * The value that a text of YAML 1.2 (or JSON, which is YAML) stands for, and the places of all that is in it. The rules are those of
 * the core schema: `no` and `1_000` are strings, `0o17` is 15. Tags are refused, duplicate keys too, and limits hold before anything is
 * expanded. `undefined` where the text cannot be read; the findings then say why.
 *
 * Objects of the value have no prototype, so that no key of theirs can reach one.
 */
export function parseSource(text: string, findings: Findings): unknown {
  if (Buffer.byteLength(text) > maxBytes) return void tooBig(findings, 0, "more than 5 MiB of text");
  if (hasTooManyNodes(text)) return void tooBig(findings, 0, "more than 10,000 values");
  const deep = firstTooDeep(text);
  if (deep !== undefined) return void tooBig(findings, deep, "more than 64 levels");

  const document = parseDocument(text, {
    schema: "core",
    version: "1.2",
    strict: true,
    intAsBigInt: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  for (const { code, message, pos } of document.errors.slice(0, 20)) {
    findings.errorAt("ERR_YAML", pos[0], [], {
      message: `${message}.`.replace(/[.:]+$/, "."),
      hint: yamlHints.get(code) ?? "A contract is written in YAML 1.2 or in JSON.",
    });
  }
  if (document.directives?.yaml.version !== "1.2") {
    findings.errorAt("ERR_YAML", 0, [], {
      message: "The file asks for another version of YAML than 1.2.",
      hint: "Remove the %YAML line.",
    });
  }
  if (findings.failed) return undefined;
  if (document.contents === null) {
    findings.errorAt("ERR_YAML", 0, [], { message: "The file holds no value.", hint: 'Start it with contract: "1".' });
    return undefined;
  }
  return new Conversion(document, findings).run();
}

const yamlHints: ReadonlyMap<string, string> = new Map([
  ["BLOCK_AS_IMPLICIT_KEY", 'Quote a value that contains ": ".'],
  ["TAB_AS_INDENT", "Indent with spaces."],
  ["MULTIPLE_DOCS", "A file holds one contract: remove what follows the --- line."],
  ["MISSING_CHAR", "Close the quotation mark or the bracket."],
]);

function tooBig(findings: Findings, offset: number, what: string): void {
  findings.errorAt("ERR_SCHEMA_SIZE", offset, [], { message: `The contract has ${what}.`, hint: tooLarge });
}

/** Before a tree is built. A value and its key show in eight lexemes at most: indicators, an anchor, the marks of plain scalars. */
function hasTooManyNodes(text: string): boolean {
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (/^[^\s#]/.test(lexeme) && ++lexemes > 8 * maxNodes) return true;
  }
  return false;
}

/** Before the tree is composed, which takes stack for each level. */
function firstTooDeep(text: string): number | undefined {
  interface Level {
    readonly token: unknown;
    readonly depth: number;
  }
  const open: Level[] = [...new Parser().parse(text)].map((token) => ({ token, depth: 0 }));
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    const { token, depth } = level;
    if (typeof token !== "object" || token === null) continue;
    if ("offset" in token && depth > maxDepth) return token.offset as number;
    if ("value" in token) open.push({ token: token.value, depth });
    if (!("items" in token)) continue;
    for (const item of token.items as { key?: unknown; value?: unknown }[]) {
      open.push({ token: item.key, depth: depth + 1 }, { token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}

/** From YAML's nodes to plain values, aliases expanded. */
class Conversion {
  readonly #document: Document.Parsed;
  readonly #findings: Findings;
  readonly #targets = new Map<Node, Node | undefined>();
  #nodes = 0;
  /** Something is missing in the value, so that checking it would tell of faults that are not there. */
  #broken = false;

  constructor(document: Document.Parsed, findings: Findings) {
    this.#document = document;
    this.#findings = findings;
  }

  run(): unknown {
    let aliases = 0;
    visit(this.#document, {
      Alias: (_key, alias) => {
        this.#targets.set(alias, alias.resolve(this.#document));
        return ++aliases > maxAliases ? visit.BREAK : undefined;
      },
    });
    if (aliases > maxAliases) {
      this.#findings.errorAt("ERR_YAML_ALIASES", 0, [], {
        message: `The contract uses more than ${maxAliases} aliases.`,
        hint: "Write the values out.",
      });
      return undefined;
    }
    const value = this.#value(this.#document.contents, [], 0);
    return this.#broken ? undefined : value;
  }

  #value(node: Node | null, path: Path, offset: number, key?: number): unknown {
    const at = node?.range?.[0] ?? offset;
    if (isAlias(node)) {
      const target = this.#targets.get(node);
      if (target !== undefined) return this.#value(target, path, at, key);
      this.#broken = true;
      this.#findings.errorAt("ERR_YAML_ALIASES", at, path, {
        message: `No anchor &${node.source} stands before this alias.`,
        hint: "Name one that does.",
      });
      return undefined;
    }
    if (++this.#nodes > maxNodes || path.length > maxDepth) {
      this.#tooLarge(this.#nodes > maxNodes ? "more than 10,000 values" : "more than 64 levels", path, at);
      return undefined;
    }
    this.#findings.place(path, key === undefined ? { value: at } : { value: at, key });
    if (node?.tag !== undefined) {
      this.#findings.error("ERR_YAML_TAG", path, {
        message: `A contract has no tags, and ${quote(node.tag.replace("tag:yaml.org,2002:", "!!"))} is one.`,
        hint: "Remove it.",
      });
    }
    if (isScalar(node)) return this.#scalar(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.#value(item as Node | null, [...path, index], at));
    if (isMap(node)) return this.#object(node, path);
    return null;
  }

  /** Told once. What fits as it is written, and not as it unfolds, is the fault of its aliases. */
  #tooLarge(what: string, path: Path, offset: number): void {
    if (this.#broken) return;
    this.#broken = true;
    const code = this.#targets.size === 0 ? "ERR_SCHEMA_SIZE" : "ERR_YAML_ALIASES";
    const message = this.#targets.size === 0 ? `The contract has ${what}.` : `The aliases unfold to ${what}.`;
    this.#findings.errorAt(code, offset, path, { message, hint: tooLarge });
  }

  #object(node: YAMLMap, path: Path): Record<string, unknown> {
    const object: Record<string, unknown> = Object.create(null);
    for (const pair of node.items) {
      const key = pair.key as Node | null;
      const at = key?.range?.[0] ?? node.range?.[0] ?? 0;
      if (!isScalar(key) || typeof key.value !== "string") {
        const written = isScalar(key) && typeof key.source === "string" ? quote(key.source) : "it";
        this.#findings.errorAt("ERR_YAML_KEY", at, path, {
          message: "A key must be a string.",
          hint: `Put ${written} in quotation marks.`,
        });
      } else if (Object.hasOwn(object, key.value)) {
        const first = this.#findings.lineOf([...path, key.value], true);
        this.#findings.errorAt("ERR_YAML_KEY", at, [...path, key.value], {
          message: `The key ${quote(key.value)} stands here a second time; the first is in line ${first}.`,
          hint: "Remove one of them.",
        });
      } else {
        object[key.value] = this.#value(pair.value as Node | null, [...path, key.value], at, at);
      }
    }
    return object;
  }

  #scalar(node: Scalar, path: Path): unknown {
    const { value } = node;
    if (typeof value !== "bigint" && typeof value !== "number") return value;
    const number = Number(value);
    if (typeof value === "bigint" ? Number.isSafeInteger(number) : Number.isFinite(number)) return number;
    this.#broken = true;
    const written = quote(node.source ?? String(value));
    this.#findings.error(
      "ERR_YAML_VALUE",
      path,
      typeof value === "bigint"
        ? {
            message: `${written} has more digits than a JSON number keeps.`,
            hint: "Stay within 9007199254740991 either side of zero, or put it in quotation marks.",
          }
        : { message: `JSON has no number ${written}.`, hint: "Leave it out." },
    );
    return undefined;
  }
}
