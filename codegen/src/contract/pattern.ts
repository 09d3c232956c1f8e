import { isSafePattern } from "redos-detector";
import { type ContractErrorCode, printable, quote } from "./diagnostics.js";
import type { Findings, Path } from "./findings.js";

/** The longest string that a pattern is tried on. A linear pattern without `^` still takes the square of it, in microseconds. */
const maxPatternString = 4_096;

/** As the contract's JSON Schema has it; a longer one is told by that. */
const maxPattern = 512;

/** Counted in steps, not in time, so that the verdict is the same on every machine. About 0.2 s at the most. */
const maxSteps = 1_000;

/**
 * A pattern is compiled as it will be at run time, is to match each text in a bounded number of ways, and its strings have a greatest
 * length.
 */
export function checkPattern(schema: Record<string, unknown>, path: Path, findings: Findings): void {
  const { pattern, maxLength } = schema;
  if (typeof pattern !== "string" || [...pattern].length > maxPattern) return;
  const at = [...path, "pattern"];
  const fault = faultOf(pattern);
  if (fault !== undefined) findings.error(fault.code, at, fault);
  if (typeof maxLength === "number" && maxLength <= maxPatternString) return;
  findings.error("ERR_PATTERN_SLOW", at, {
    message: `A string with a pattern needs a maxLength of ${maxPatternString} at most.`,
    hint: "Add one: whatever the pattern, the time it takes grows with the string.",
    atKey: true,
  });
}

interface Fault {
  readonly code: ContractErrorCode;
  readonly message: string;
  readonly hint: string;
}

function faultOf(pattern: string): Fault | undefined {
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    const reason = printable((error as Error).message.replace(/^.*: /s, ""));
    return {
      code: "ERR_PATTERN",
      message: `${quote(pattern)} is no regular expression: ${reason}.`,
      hint: "It is JavaScript's syntax with the flag u.",
    };
  }
  const part = uncheckedPart(pattern);
  if (part !== undefined) {
    return {
      code: "ERR_PATTERN_SLOW",
      message: `${part} has no bound on the time it takes.`,
      hint: "Write the pattern without it.",
    };
  }
  switch (verdict(pattern)) {
    case "safe":
      return undefined;
    case "unsafe":
      return {
        code: "ERR_PATTERN_SLOW",
        message: `${quote(pattern)} can match one text in too many ways, and may take very long to find that it matches in none.`,
        hint: 'Let no two repetitions stand for the same text: "^a+$" for "^(a+)+$", "^[^@]*@[^@]*$" for "^.*@.*$".',
      };
    case "unknown":
      return {
        code: "ERR_PATTERN",
        message: `${quote(pattern)} has parts that cannot be checked.`,
        hint: "Use groups without names and without flags.",
      };
  }
}

function verdict(pattern: string): "safe" | "unsafe" | "unknown" {
  try {
    return isSafePattern(pattern, { unicode: true, maxSteps, timeout: Number.POSITIVE_INFINITY }).safe ? "safe" : "unsafe";
  } catch {
    return "unknown";
  }
}

/** What the checker does not follow: it would call patterns safe that are not. */
function uncheckedPart(pattern: string): string | undefined {
  let inClass = false;
  for (const [token] of pattern.matchAll(/\\.|\[|\]|\(\?<[=!]/gs)) {
    if (token === "[" || token === "]") inClass = token === "[";
    else if (inClass) continue;
    else if (/^\\[1-9k]/.test(token)) return "A back-reference";
    else if (/^\\[bB]/.test(token)) return `The assertion ${token}`;
    else if (token.startsWith("(?<")) return "A look-behind";
  }
  return undefined;
}
