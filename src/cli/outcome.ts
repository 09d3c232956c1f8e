import { TaskError } from "../errors.js";
import type { AsyncResult } from "../results/async-result.js";
import type { GetOptions } from "../results/get-options.js";
import type { TaskState } from "../results/task-state.js";
import { type JsonValue, stringifyJson } from "../wire/json.js";
import { printable } from "./terminal.js";

/** Waits for a task's end; `onState` is told of every state on the way. */
export async function waitForEnd(
  result: AsyncResult<unknown>,
  options: GetOptions,
  onState: (state: TaskState) => void = () => {},
): Promise<TaskState> {
  let last: TaskState | undefined;
  for await (const state of result.states(options)) {
    last = state;
    onState(state);
  }
  return last!; // the terminal state comes last, or an error
}

/**
 * Prints a task's results, a line each and every digit exact; with `json`, all that is known, as one object.
 *
 * @throws TaskError where the task has failed
 */
export function printOutcome(state: TaskState, json = false): void {
  const { taskUuid: uuid, taskName: task, results, error, createdAt } = state;
  if (json) {
    const values = results?.map(({ Type: type, Value: value }) => ({ type, value })) ?? null;
    printJson({ uuid, task, state: state.state, results: values, error, createdAt });
  }
  if (state.isFailure()) throw new TaskError(uuid, task, error);
  if (json) return;
  if (state.isSuccess()) {
    for (const { Value: value } of results ?? []) print(typeof value === "string" ? value : stringifyJson(value));
  } else {
    process.stderr.write(`${task} (${uuid}) has not ended: ${state.state}${error === "" ? "" : ` after ${error}`}\n`);
  }
}

export function print(line: string): void {
  process.stdout.write(`${printable(line, process.stdout)}\n`);
}

export function printJson(value: JsonValue): void {
  process.stdout.write(`${stringifyJson(value)}\n`);
}
