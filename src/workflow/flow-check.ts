import type { GoType } from "../wire/go-types.js";

/** A task that waits for arguments, as far as the check needs it. */
interface Callee {
  readonly task: { readonly name: string; readonly takes?: readonly GoType[]; readonly variadic?: boolean };
  /** How many arguments it has already. */
  readonly given: number;
}

/**
 * The same rule as the compiler's (`fit.ts`), for what no compiler has seen: why `passed` is not what the task still lacks, or
 * `undefined` where it is, or where one side is not known.
 */
export function misfit(passed: readonly GoType[] | undefined, callee: Callee, before: string): string | undefined {
  const { takes, variadic = false } = callee.task;
  if (passed === undefined || takes === undefined) return undefined;
  const lacks = missing(callee);
  const fits = variadic
    ? passed.length >= lacks.length - 1 && passed.every((type, i) => type === (lacks[i] ?? lacks.at(-1)))
    : passed.length === lacks.length && passed.every((type, i) => type === lacks[i]);
  return fits ? undefined : `"${callee.task.name}" still lacks (${show(lacks, variadic)}), ${before} (${show(passed, false)})`;
}

/**
 * Why a task cannot handle an error: Machinery puts the error's text *before* the arguments that the task has, so that each of
 * these moves on by one.
 */
export function misfitForError(callee: Callee): string | undefined {
  const { takes, variadic = false, name } = callee.task;
  if (takes === undefined) return undefined;
  const typeAt = (index: number): GoType | undefined => takes[index] ?? (variadic ? takes.at(-1) : undefined);
  if (typeAt(0) !== "string") return `"${name}" must take a string first, the error's text`;
  for (let i = 1; i <= callee.given; i++) {
    if (typeAt(i) !== typeAt(i - 1)) {
      return `the error's text comes before the arguments that "${name}" has, and they do not fit their new places`;
    }
  }
  return misfit(["string"], callee, "it gets the error's text");
}

/** The wire types that a task still lacks; a variadic task's last one may come any number of times. */
export function missing(callee: Callee): readonly GoType[] {
  const { takes = [], variadic = false } = callee.task;
  return variadic ? takes.slice(Math.min(callee.given, takes.length - 1)) : takes.slice(callee.given);
}

function show(types: readonly GoType[], variadic: boolean): string {
  if (types.length === 0) return "nothing";
  return types.map((type, i) => (variadic && i === types.length - 1 ? `...${type}` : type)).join(", ");
}
