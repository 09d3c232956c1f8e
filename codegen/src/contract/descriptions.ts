import type { Findings, Path } from "./findings.js";
import { isObject } from "./record.js";

/** What of a description reaches the generated code. */
const maxDescription = 2_000;

export function checkDescriptions(value: unknown, path: Path, findings: Findings): void {
  if (!isObject(value) && !Array.isArray(value)) return;
  for (const [key, member] of Object.entries(value)) {
    const at = [...path, key];
    if (key === "description" && typeof member === "string" && member.length > maxDescription) {
      findings.warning("ERR_DESCRIPTION", at, {
        message: `Only the first ${maxDescription} of these ${member.length} characters reach the generated code.`,
        hint: "Shorten it.",
      });
    } else checkDescriptions(member, at, findings);
  }
}
