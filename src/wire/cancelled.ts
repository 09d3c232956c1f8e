import { MachineryError } from "../errors.js";
import { isTerminalJson } from "./state-text.js";

// A cancelled task is one that has failed (Machinery has no other state for it), with an error that says so.

const mark = "[ERR_TASK_CANCELLED]";

/** @param at which task */
export function taskCancelled(at: string): MachineryError {
  return new MachineryError("ERR_TASK_CANCELLED", "the task was cancelled.", { at });
}

/** By the text of a failed task's error. */
export function isCancelled(error: string): boolean {
  return error.startsWith(mark);
}

/** The same of a state's JSON, without parsing it. */
export function isCancelledJson(json: string): boolean {
  return isTerminalJson(json) && json.includes(`"Error":"${mark}`);
}
