import { argumentsType, resultType } from "./emit/task-types.js";
import type { Task } from "./model.js";
import { inlineText } from "./print.js";

/** A task as a function of TypeScript: `add(...terms: bigint[]): bigint`. */
export function signatureText(task: Task): string {
  return `${task.identifier}(${inlineText(argumentsType(task)).slice(1, -1)}): ${inlineText(resultType(task))}`.replaceAll(
    "types.",
    "",
  );
}
