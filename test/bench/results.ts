import type { Comparison } from "./comparison.js";
import type { Curve } from "./curve.js";
import type { Environment } from "./environment.js";

/** All that a run found: what `results.json` holds. */
export interface Results {
  readonly environment: Environment;
  /** How often each thing was measured, after a warm-up. */
  readonly repetitions: number;
  readonly comparisons: readonly Comparison[];
  readonly curves: readonly Curve[];
}

/** What an earlier run found, with what this one found instead, or as well. */
export function merged(earlier: Results, now: Results): Results {
  const versions = { ...earlier.environment.versions, ...now.environment.versions };
  return {
    ...now,
    environment: { ...now.environment, versions },
    comparisons: replaced(earlier.comparisons, now.comparisons),
    curves: replaced(earlier.curves, now.curves),
  };
}

function replaced<T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): T[] {
  const byName = new Map([...before, ...after].map((each) => [each.name, each]));
  return [...byName.values()];
}
