import { pointerOf } from "../contract/findings.js";
import type { ContractText } from "../contract/load.js";
import { type Bump, bumpOf } from "./bump.js";
import type { Change } from "./changes.js";
import { compareContracts, isUnstable } from "./compare.js";
import { contractSide } from "./contract-side.js";
import { levels } from "./rule.js";

/** One difference between two contracts, with its place in the newer one. */
export interface BreakingFinding extends Omit<Change, "path"> {
  /** The newer contract as the caller named it. */
  readonly file: string;
  /** From 1. What is gone is told at what was around it. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** JSON pointer into the newer contract; of what is gone, into the older one. */
  readonly pointer: string;
}

export interface BreakingReport {
  /** What the contract was compared with. */
  readonly against: string;
  /** The package of the newer contract. */
  readonly package: string;
  /** The older contract promised nothing: nothing fails. */
  readonly unstable: boolean;
  /** By place; of one place, the most severe first. */
  readonly findings: readonly BreakingFinding[];
  /** What the version of the contract's package is to be raised by. */
  readonly bump: Bump;
}

/**
 * Everything that has changed from one contract to another, and what it breaks. Pure.
 *
 * @throws ContractError if one of them has errors
 */
export function compareTexts(before: ContractText, after: ContractText): BreakingReport {
  const older = contractSide(before);
  const newer = contractSide(after);
  const findings = compareContracts(older, newer).map(({ path, ...change }): BreakingFinding => {
    return { ...change, file: newer.path, ...newer.placeOf(path), pointer: pointerOf(path) };
  });
  findings.sort((a, b) => a.line - b.line || a.column - b.column || levels.indexOf(a.level) - levels.indexOf(b.level));
  return {
    against: before.path,
    package: newer.model.package,
    unstable: isUnstable(older.value),
    findings,
    bump: bumpOf(findings),
  };
}
