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
