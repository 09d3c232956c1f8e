import { type ContractErrorCode, printable, quote } from "./diagnostics.js";
import type { Findings, Path } from "./findings.js";
import { stepsOf } from "./pattern-steps.js";

/** As the contract's JSON Schema has it; a longer one is told by that. */
const maxPattern = 512;

/** About a tenth of a second at run time, for the worst string that `maxLength` lets through. */
const maxSteps = 2 ** 25;

/** More than any number of neighbouring repetitions would come to. */
const exponential = 1e15;

/**
 * A pattern is compiled as it will be at run time, and must come to its end soon on every string that may be that long. AJV looks at
 * `maxLength` first.
 */
export function checkPattern(schema: Record<string, unknown>, path: Path, findings: Findings): void {
  const { pattern, maxLength } = schema;
  if (typeof pattern !== "string" || [...pattern].length > maxPattern) return;
  const at = [...path, "pattern"];
  if (typeof maxLength !== "number") {
    findings.error("ERR_PATTERN_SLOW", at, {
      message: "A string with a pattern needs a maxLength.",
      hint: "Add one: the time that a pattern takes grows with the string.",
      atKey: true,
    });
  }
  const fault = faultOf(pattern, typeof maxLength === "number" ? maxLength : 1_000);
  if (fault !== undefined) findings.error(fault.code, at, fault);
}

interface Fault {
  readonly code: ContractErrorCode;
  readonly message: string;
  readonly hint: string;
}

function faultOf(pattern: string, maxLength: number): Fault | undefined {
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
  const steps = boundOf(pattern, maxLength);
  if (steps === undefined) {
    return {
      code: "ERR_PATTERN_SLOW",
      message: `${quote(pattern)} has parts that cannot be checked for the time they take.`,
      hint: "Write it without back-references, and shorter.",
    };
  }
  if (steps <= maxSteps) return undefined;
  return steps < exponential
    ? {
        code: "ERR_PATTERN_SLOW",
        message: `${quote(pattern)} could take ${steps.toPrecision(1)} steps on a string of ${maxLength} characters.`,
        hint: "Begin it with ^, let neighbouring repetitions have no character in common, or lower maxLength.",
      }
    : {
        code: "ERR_PATTERN_SLOW",
        message: `${quote(pattern)} could take a time that doubles with every character of the string.`,
        hint: 'Let the next character decide between all that a repetition may do inside: "^a+$" for "^(a+)+$", "^(ab?)*$" for "^(a|ab)*$".',
      };
}

function boundOf(pattern: string, length: number): number | undefined {
  try {
    return stepsOf(pattern, length);
  } catch {
    return undefined;
  }
}
