import { quote } from "../contract/diagnostics.js";
import type { Path } from "../contract/findings.js";
import { itemsOf, member } from "../contract/record.js";
import type { Parameter } from "../model.js";
import type { Changes, Flow } from "./changes.js";
import type { SchemaComparison } from "./compare-schemas.js";
import { compareTypes } from "./compare-types.js";

/** The arguments or the results of a task, then and now. */
export interface Parameters {
  readonly task: string;
  readonly path: Path;
  readonly was: readonly Parameter[];
  readonly is: readonly Parameter[];
  readonly wasVariadic: boolean;
  readonly isVariadic: boolean;
  /** The newer ones as they are written. */
  readonly raw: unknown;
}

interface Pair {
  readonly was: Parameter;
  readonly is: Parameter;
  readonly from: number;
  readonly to: number;
  readonly alias: boolean;
}

/** On the wire, arguments and results have positions and no names; names tell which of them have moved, come or gone. */
export function compareParameters(parameters: Parameters, flow: Flow, schemas: SchemaComparison, changes: Changes): void {
  const { was, is, path, task, wasVariadic, isVariadic } = parameters;
  const args = flow.direction === "arguments";
  const kind = args ? "ARGUMENT" : "RESULT";
  const word = args ? "argument" : "result";
  const pairs = paired(parameters);
  const ordered = pairs.every(({ to }, i) => i === 0 || pairs[i - 1]!.to < to);
  if (!ordered) {
    const names = (list: readonly Parameter[]) => list.map(({ name }) => name).join(", ");
    changes.add(`${kind}_REORDERED`, path, `The ${word}s of ${quote(task)} were (${names(was)}), and are (${names(is)}).`, flow);
  }
  for (const { was: old, is: now, to, alias } of pairs) {
    const at = [...path, to];
    const called = `The ${word} ${quote(now.name)} of ${quote(task)}`;
    if (old.name !== now.name) {
      const message = `${called} was called ${quote(old.name)}.`;
      if (alias) changes.add(`${kind}_FORMER_NAME`, at, message, flow);
      else changes.add(`${kind}_RENAMED`, at, message, flow);
    }
    if (old.description !== now.description) changes.add("DESCRIPTION_CHANGED", at, `${called} is described in other words.`);
    compareTypes(old.type, now.type, { path: [...at, "type"], called, flow, schemas, changes });
  }
  for (const [index, { name }] of was.entries()) {
    if (pairs.some(({ from }) => from === index)) continue;
    const last = wasVariadic && index === was.length - 1;
    const message = `The ${last ? "variadic " : ""}${word} ${quote(name)} of ${quote(task)} is gone.`;
    changes.add(args && last ? "ARGUMENT_DELETED_VARIADIC" : `${kind}_DELETED`, [...path, index], message, flow);
  }
  for (const [index, { name }] of is.entries()) {
    if (pairs.some(({ to }) => to === index)) continue;
    const last = isVariadic && index === is.length - 1;
    const message = `The ${last ? "variadic " : ""}${word} ${quote(name)} of ${quote(task)} is new.`;
    changes.add(args && last ? "ARGUMENT_ADDED_VARIADIC" : `${kind}_ADDED`, [...path, index], message, flow);
  }
  compareVariadic(parameters, pairs, flow, changes);
}

function compareVariadic(
  { was, is, wasVariadic, isVariadic, path, task }: Parameters,
  pairs: readonly Pair[],
  flow: Flow,
  changes: Changes,
): void {
  const then = pairs.find(({ from }) => wasVariadic && from === was.length - 1);
  const now = pairs.find(({ to }) => isVariadic && to === is.length - 1);
  if (then !== undefined && then !== now) {
    const message = `The argument ${quote(then.is.name)} of ${quote(task)} is no longer variadic.`;
    changes.add("ARGUMENT_NO_LONGER_VARIADIC", [...path, then.to], message, flow);
  }
  if (now !== undefined && now !== then) {
    changes.add(
      "ARGUMENT_MADE_VARIADIC",
      [...path, now.to],
      `The argument ${quote(now.is.name)} of ${quote(task)} has become variadic.`,
      flow,
    );
  }
}

/** What is the same then and now: by name, by a former name, and what is left at the same position. */
function paired({ was, is, raw }: Parameters): Pair[] {
  const aliases = itemsOf(raw).map((parameter) => itemsOf(member(parameter, "aliases")));
  const free = new Set(is.keys());
  const pairs: Pair[] = [];
  const pair = (from: number, to: number, alias: boolean): void => {
    free.delete(to);
    pairs.push({ was: was[from]!, is: is[to]!, from, to, alias });
  };
  const left = new Set(was.keys());
  for (const [from, { name }] of was.entries()) {
    const same = is.findIndex((one, to) => free.has(to) && one.name === name);
    const to = same === -1 ? is.findIndex((_, at) => free.has(at) && aliases[at]?.includes(name)) : same;
    if (to === -1) continue;
    left.delete(from);
    pair(from, to, same === -1);
  }
  for (const from of left) if (free.has(from)) pair(from, from, false);
  return pairs.sort((a, b) => a.from - b.from);
}
