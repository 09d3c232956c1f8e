import type { Level } from "./rule.js";

/** The part of a version that is to be raised, as Semantic Versioning has it; `none` where nothing has changed. */
export type Bump = "major" | "minor" | "patch" | "none";

/** What breaks is major, what is new or runs otherwise is minor, words alone are a patch. */
export function bumpOf(findings: readonly { readonly rule: string; readonly level: Level }[]): Bump {
  if (findings.some(({ level }) => level === "WIRE" || level === "GO_WIRE" || level === "SOURCE")) return "major";
  if (findings.some(({ rule }) => rule !== "DESCRIPTION_CHANGED")) return "minor";
  return findings.length > 0 ? "patch" : "none";
}
