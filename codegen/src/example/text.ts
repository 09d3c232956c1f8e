import { JS, NFA } from "refa";
import type { JsonSchema } from "../model.js";

/** A text of each format. */
const ofFormat: ReadonlyMap<unknown, string> = new Map([
  ["date", "2026-01-31"],
  ["date-time", "2026-01-31T12:00:00Z"],
  ["time", "12:00:00Z"],
  ["duration", "PT1H"],
  ["email", "ada@example.com"],
  ["hostname", "example.com"],
  ["ipv4", "192.0.2.1"],
  ["ipv6", "2001:db8::1"],
  ["uri", "https://example.com/"],
  ["uuid", "0198d7c4-5a6e-7c31-8f2b-3d4e5f607182"],
]);

/** A string that a schema allows: a readable one where there is one. */
export function exampleText({ format, pattern, minLength = 0, maxLength }: JsonSchema, name: string): string {
  const least = Number(minLength);
  const most = Number(maxLength ?? Number.POSITIVE_INFINITY);
  if (typeof format === "string") return ofFormat.get(format) ?? "";
  if (typeof pattern === "string") return matching(pattern, least, most);
  return [...name.padEnd(least, ".")].slice(0, most).join("");
}

/** How many words are tried, the shortest first. */
const tries = 200;

function matching(pattern: string, least: number, most: number): string {
  try {
    const { expression, maxCharacter } = JS.Parser.fromLiteral({ source: pattern, flags: "u" }).parse({ assertions: "ignore" });
    const check = new RegExp(pattern, "u");
    let left = tries;
    for (const word of NFA.fromRegex(expression, { maxCharacter }).wordSets()) {
      const text = String.fromCodePoint(...word.map(readable));
      if (word.length >= least && word.length <= most && check.test(text)) return text;
      if (--left === 0) break;
    }
  } catch {
    // An expression that is too much for the library has no example.
  }
  return "";
}

/** The first character of a set that people like to read. */
function readable(set: { has(char: number): boolean; readonly ranges: readonly { readonly min: number }[] }): number {
  for (const char of "a0A-") if (set.has(char.codePointAt(0)!)) return char.codePointAt(0)!;
  return set.ranges.find(({ min }) => min > 0x20)?.min ?? set.ranges[0]!.min;
}
