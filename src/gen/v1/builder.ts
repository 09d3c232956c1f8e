import { MachineryError } from "../../errors.js";
import { Signature } from "../../workflow/signature.js";
import type { TaskDefinition } from "./task.js";

/**
 * Makes signatures of one task. Generated code declares the exact overloads over it (`interface Tasks`): the full call, and a
 * `partial` for every prefix of the arguments.
 */
export interface Builder {
  /** With all its arguments (a variadic one may get more from the task before). */
  (...args: any[]): Signature<any, any, any, false>;
  /** With the first arguments only: the task before gives the others. */
  partial(...args: any[]): Signature<any, any, any, false>;
}

/**
 * The builder of one task. It sends nothing.
 *
 * @throws MachineryError, at each call: `ERR_ARG_COUNT`, `ERR_ARG_VALUE`, `ERR_ARG_RANGE`
 */
export function builder(definition: TaskDefinition): Builder {
  const call = (...args: unknown[]) => {
    checkArgCount(definition, args.length, "Use partial() to leave the last ones to the task before.");
    return new Signature(definition, definition.encodeArgs(args), args.length);
  };
  const partial = (...args: unknown[]) => {
    if (args.length > definition.takes.length && !definition.variadic) checkArgCount(definition, args.length);
    return new Signature(definition, definition.encodeArgs(args), args.length);
  };
  const made = Object.assign(call, { partial }) as Builder;
  definitions.set(made, definition);
  return made;
}

const definitions = new WeakMap<object, TaskDefinition>();

/** The task that a builder makes signatures of; nothing where `builder` has not made it. */
export function definitionOf(made: object): TaskDefinition | undefined {
  return definitions.get(made);
}

/**
 * Throws `ERR_ARG_COUNT` unless a full call of the task may have that many arguments.
 *
 * @param hint what to do about too few of them
 */
export function checkArgCount(definition: TaskDefinition, got: number, hint?: string): void {
  const { name, takes, variadic } = definition;
  const least = variadic ? takes.length - 1 : takes.length;
  if (got === least || (variadic && got > least)) return;
  const wanted = variadic ? `at least ${least}` : `${least}`;
  throw new MachineryError("ERR_ARG_COUNT", `"${name}" takes ${wanted} argument${least === 1 ? "" : "s"}, got ${got}.`, {
    ...(got < least && hint !== undefined && { hint }),
  });
}
