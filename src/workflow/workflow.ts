import { MachineryError } from "../errors.js";
import type { CallbackFit, ChainFit, ChainFlow, GroupFlow, Last } from "./fit.js";
import { firstMisfit, misfitBehind, passes, type Shape, shapeOf } from "./shape.js";
import { Signature } from "./signature.js";

/** A part of a workflow: one task, or tasks put together. */
export type Item = Signature | Group | Chain | Chord;

/** Tasks that run side by side. Made by `group`. */
export class Group<Members extends readonly Item[] = any> {
  /** For the compiler only; it does not exist. */
  declare readonly "~flow": GroupFlow<Members>;

  /** @internal */
  constructor(
    readonly members: Members,
    readonly shape: Shape,
  ) {}
}

/** Tasks that run one after another. Made by `chain`. */
export class Chain<First extends Item = any, End extends Item = any> {
  /** For the compiler only; it does not exist. */
  declare readonly "~flow": ChainFlow<First, End>;

  /** @internal */
  constructor(
    readonly items: readonly Item[],
    readonly shape: Shape,
  ) {}
}

/** A group, and what follows once all of it has ended. Made by `chord`. */
export class Chord<Members extends readonly Item[] = any, Callback extends Item = any> {
  /** For the compiler only; it does not exist. */
  declare readonly "~flow": ChainFlow<Group<Members>, Callback>;

  /** @internal */
  constructor(
    readonly group: Group<Members>,
    readonly callback: Callback,
    readonly onFailure: "fail" | "run",
    readonly shape: Shape,
  ) {}
}

export interface ChordOptions {
  /**
   * What becomes of the callback when a member fails. `fail` (the default): it does not run; it ends as FAILURE, with the member's
   * error. `run`: it runs once all members have ended, with the results of those that succeeded, in order; it must be variadic.
   * A Go worker that is the last to end a member never runs a callback after a failure.
   */
  readonly onFailure?: "fail" | "run";
}

/**
 * Tasks that run side by side; a member may be a chain, a chord or a group itself.
 *
 * @throws MachineryError `ERR_WORKFLOW` for an empty group
 */
export function group<const Members extends readonly Item[]>(...members: Members): Group<Members> {
  const shapes = shapesOf("group", members);
  const heads = shapes.flatMap((shape) => shape.heads);
  const ends = shapes.flatMap((shape) => shape.ends);
  return new Group(members, { heads, ends, startsWide: true, endsWide: true });
}

/**
 * Tasks that run one after another: each gets the results of the one before it after its own arguments, a task behind a group the
 * results of all the members in order. One that is immutable passes nothing on.
 *
 * It compiles only where the results are what the next task still lacks. What the first one lacks is asked for when the chain is
 * sent, or by the chain or group that it is made part of.
 *
 * @throws MachineryError `ERR_WORKFLOW` for an empty chain, or tasks that do not fit
 */
export function chain<const Items extends readonly Item[]>(
  ...items: Items extends ChainFit<Items> ? Items : ChainFit<Items>
): Chain<Items[0], Last<Items>> {
  const shapes = shapesOf("chain", items as readonly Item[]);
  for (let i = 1; i < shapes.length; i++) {
    const wrong = misfitBehind(shapes[i - 1]!, shapes[i]!);
    if (wrong !== undefined) throw new MachineryError("ERR_WORKFLOW", `${wrong}.`, { at: `chain[${i}]` });
  }
  const first = shapes[0]!;
  const last = shapes.at(-1)!;
  return new Chain(items as readonly Item[], {
    heads: first.heads,
    ends: last.ends,
    startsWide: first.startsWide,
    endsWide: last.endsWide,
  });
}

/**
 * A group whose results, all of them in the members' order, go to a callback, after its own arguments. The callback may be a chain
 * that starts with a single task.
 *
 * @throws MachineryError `ERR_WORKFLOW` where the callback cannot take what the members give
 */
export function chord<
  const Members extends readonly Item[],
  Callback extends Item,
  const Options extends ChordOptions = ChordOptions,
>(
  members: Group<Members>,
  callback: Callback extends CallbackFit<Group<Members>, Callback, Options>
    ? Callback
    : CallbackFit<Group<Members>, Callback, Options>,
  options?: Options,
): Chord<Members, Callback> {
  const { onFailure = "fail" } = options ?? {};
  if (!(members instanceof Group)) throw new MachineryError("ERR_WORKFLOW", "not a group.", { at: "chord's group" });
  const next = shapesOf("chord's callback", [callback as unknown as Item])[0]!;
  const wrong = misfitOfCallback(members.shape, next, onFailure);
  if (wrong !== undefined) throw new MachineryError("ERR_WORKFLOW", `${wrong}.`, { at: "chord's callback" });
  return new Chord(members, callback as unknown as Callback, onFailure, {
    heads: members.shape.heads,
    ends: next.ends,
    startsWide: true,
    endsWide: next.endsWide,
  });
}

function misfitOfCallback(members: Shape, callback: Shape, onFailure: "fail" | "run"): string | undefined {
  if (callback.startsWide) return "it must be one task, or a chain that starts with one";
  const passed = passes(members, callback);
  if (onFailure === "run" && firstMisfit(passed && [], callback, "when every member has failed, it gets") !== undefined) {
    return "it may get fewer results than there are members, so that it must be variadic";
  }
  return firstMisfit(passed, callback, "the members give");
}

function shapesOf(what: string, items: readonly Item[]): Shape[] {
  if (items.length === 0) throw new MachineryError("ERR_WORKFLOW", "it has no tasks.", { at: what });
  return items.map((item, i) => {
    if (item instanceof Signature || item instanceof Group || item instanceof Chain || item instanceof Chord) return shapeOf(item);
    throw new MachineryError("ERR_WORKFLOW", "neither a signature nor a group, chain or chord.", { at: `${what}[${i}]` });
  });
}
