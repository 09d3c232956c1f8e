import type { GoType } from "../wire/go-types.js";
import { misfit } from "./flow-check.js";
import { Signature } from "./signature.js";

/** What can be seen of a part of a workflow from outside: where it begins, where it ends, what comes out. */
export interface Shape {
  /** The tasks that start first: those that take what the part before passes on. */
  readonly heads: readonly Signature[];
  /** The tasks that end last: those whose results are passed on. */
  readonly ends: readonly Signature[];
  /** Whether it begins (ends) with a group, be it one of a single member. */
  readonly startsWide: boolean;
  readonly endsWide: boolean;
}

/** Whatever has a shape, or is a single task. */
export type Shaped = Signature | { readonly shape: Shape };

export function shapeOf(item: Shaped): Shape {
  if (!(item instanceof Signature)) return item.shape;
  const alone = [item];
  return { heads: alone, ends: alone, startsWide: false, endsWide: false };
}

/**
 * The wire types that `next` gets from `before`, `undefined` where no contract says. After a group it is the callback's own
 * `immutable` that counts, else that of the task before.
 */
export function passes(before: Shape, next: Shape): readonly GoType[] | undefined {
  const speaker = before.endsWide ? next.heads[0] : before.ends[0];
  if (speaker?.options.immutable) return [];
  const types: GoType[] = [];
  for (const end of before.ends) {
    if (end.task.gives === undefined) return undefined;
    types.push(...end.task.gives);
  }
  return types;
}

/** Why `next` cannot follow `before`, or `undefined`. */
export function misfitBehind(before: Shape, next: Shape): string | undefined {
  if (before.endsWide && next.startsWide) return "a group cannot follow a group: put a task between them";
  const passed = passes(before, next);
  const giver = before.endsWide ? "the group before gives" : `"${before.ends[0]?.task.name}" gives`;
  return firstMisfit(passed, next, giver);
}

/** Why the tasks that an item starts with cannot take what is passed to them, or `undefined`. */
export function firstMisfit(passed: readonly GoType[] | undefined, next: Shape, giver: string): string | undefined {
  for (const head of next.heads) {
    const wrong = misfit(passed, head, giver);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
