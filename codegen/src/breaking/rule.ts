/** From the most severe on. A gate at one level lets through what only a later one would stop. */
export const levels = ["WIRE", "GO_WIRE", "SOURCE", "POLICY", "SAFE"] as const;

/**
 * What a change breaks.
 *
 * - `WIRE`: an older sender and a newer worker of this library no longer understand each other;
 * - `GO_WIRE`: they still do, but Go's workers, which bind arguments by the names of their types, do not;
 * - `SOURCE`: messages pass, but code written against the generated TypeScript or Go may no longer compile;
 * - `POLICY`: messages pass and code compiles, but the tasks are run in another way;
 * - `SAFE`: nothing.
 */
export type Level = (typeof levels)[number];

export const levelMeanings: Readonly<Record<Level, string>> = {
  WIRE: "an older sender and a newer worker of this library no longer understand each other",
  GO_WIRE: "they still do, but workers of Go Machinery, which bind arguments by the names of their types, do not",
  SOURCE: "messages pass, but code written against the generated TypeScript or Go may no longer compile",
  POLICY: "messages pass and code compiles, but tasks are run in another way, or mean something else",
  SAFE: "nothing",
};

/** Arguments flow from senders to workers, results back to who waits for them, or on to the next task of a chain. */
export type Direction = "arguments" | "results";

/**
 * What has become of the values that a reader takes: `narrowed`, it refuses some that it took; `widened`, it takes some that it
 * refused, and a writer may write them; `changed`, both.
 */
export type Effect = "narrowed" | "widened" | "changed" | "none";

/** Who is to be deployed first. `neither`: no order keeps messages from being lost; `either`: the order does not matter. */
export type First = "workers" | "senders" | "either" | "neither";

/** One kind of change. Its level and the order of deployment follow from these facts. */
export interface Rule {
  /** What has changed, for the reference. */
  readonly what: string;
  /** What to do about it, or why nothing need be done. */
  readonly hint: string;
  readonly effect: Effect;
  /** What has become of it for workers of Go Machinery, where that is something else. */
  readonly goEffect?: Effect;
  /** In which direction code that uses what is generated may no longer compile. Default: in none. */
  readonly compile?: Direction | "both";
  /** It changes how tasks run, or what they mean, and no more. */
  readonly policy?: true;
  /** Where the effect does not tell. */
  readonly first?: First;
}

/** What a change of this kind breaks, for what flows in that direction; without one it is no change of values. */
export function levelOf(rule: Rule, direction?: Direction): Level {
  if (rule.policy) return "POLICY";
  if (direction !== undefined && breaks(rule.effect, direction)) return "WIRE";
  if (direction !== undefined && breaks(rule.goEffect ?? "none", direction)) return "GO_WIRE";
  const compile = rule.compile;
  return compile !== undefined && (direction === undefined || compile === "both" || compile === direction) ? "SOURCE" : "SAFE";
}

/**
 * Workers that are newer than the senders are the rule: they are told of by a contract that was published, and must not fail. They
 * read older arguments, and their results are read by older senders.
 */
function breaks(effect: Effect, direction: Direction): boolean {
  return effect === "changed" || effect === (direction === "arguments" ? "narrowed" : "widened");
}

/** Who is to be deployed first, so that nobody reads what it does not know. */
export function firstOf(rule: Rule, direction?: Direction): First {
  if (rule.first !== undefined) return rule.first;
  const effect = rule.effect === "none" ? (rule.goEffect ?? "none") : rule.effect;
  if (direction === undefined || effect === "none") return "either";
  if (effect === "changed") return "neither";
  // What is narrowed asks for the writers first, what is widened for the readers.
  return (effect === "narrowed") === (direction === "arguments") ? "senders" : "workers";
}

/** Whether a finding of this level fails where the gate is set to that one. */
export function isStopped(level: Level, gate: Level): boolean {
  return level !== "SAFE" && levels.indexOf(level) <= levels.indexOf(gate);
}

/** The more severe of two levels. */
export function worse(a: Level, b: Level): Level {
  return levels.indexOf(a) <= levels.indexOf(b) ? a : b;
}
