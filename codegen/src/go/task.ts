import type { Parameter, Task } from "../model.js";
import { exportedName } from "./names.js";

/** The Go type of an argument or result, as a user of the package sees it. */
export function goType({ type }: Parameter): string {
  return type.kind === "scalar" ? type.go : exportedName(type.def);
}

/** Its type on the wire: a structured one is a string that holds JSON. */
export function wireType({ type }: Parameter): string {
  return type.kind === "scalar" ? type.go : "string";
}

export function isStructured({ type }: Parameter): boolean {
  return type.kind === "object";
}

/** Whether anything about the task must be encoded as JSON, or decoded. */
export function isPlain(task: Task): boolean {
  return ![...task.args, ...task.returns].some(isStructured);
}

/** Parameters of a Go function: `terms ...int64`. */
export function goParameters({ args, variadic }: Task, names: readonly string[]): string[] {
  return args.map((arg, i) => `${names[i]} ${variadic && i === args.length - 1 ? "..." : ""}${goType(arg)}`);
}
