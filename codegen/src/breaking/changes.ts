import type { Path } from "../contract/findings.js";
import { pointerOf } from "../contract/findings.js";
import { type Direction, type First, firstOf, type Level, levelOf, levels, type Rule } from "./rule.js";
import { type BreakingRuleId, breakingRules } from "./rules.js";

/** One difference between two contracts. */
export interface Change {
  readonly rule: BreakingRuleId;
  readonly level: Level;
  /** Not there for what flows neither way: a package's name, a time-out. */
  readonly direction?: Direction;
  readonly first: First;
  /** In the newer contract; of what is gone, where it was in the older one. */
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
}

/** Which way a value flows, and whether the newer workers bring older ones up to date (`versions`). */
export interface Flow {
  readonly direction: Direction;
  readonly migrated: boolean;
}

/** All differences that were found, each once. */
export class Changes {
  readonly #changes = new Map<string, Change>();

  add(id: BreakingRuleId, path: Path, message: string, flow?: Flow): void {
    const rule: Rule = breakingRules[id];
    const { direction, migrated = false } = flow ?? {};
    const level = levelOf(rule, direction);
    const taken = migrated && direction === "arguments" && level === "WIRE";
    const change: Change = {
      rule: id,
      level: taken ? "GO_WIRE" : level,
      ...(direction === undefined ? {} : { direction }),
      first: taken ? "workers" : firstOf(rule, direction),
      path,
      message,
      hint: taken ? "The task's versions bring older messages up to date; workers of Go Machinery know no versions." : rule.hint,
    };
    const key = `${id} ${direction} ${pointerOf(path)} ${message}`;
    const before = this.#changes.get(key);
    if (before === undefined || levels.indexOf(change.level) < levels.indexOf(before.level)) this.#changes.set(key, change);
  }

  list(): Change[] {
    return [...this.#changes.values()];
  }
}
