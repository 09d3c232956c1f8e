import { MachineryError, preview } from "../../errors.js";
import { holds } from "../../wire/go-types.js";
import type { WireArg } from "../../wire/signature.js";
import type { TaskDefinition } from "./task.js";

/**
 * What a handler of several results has returned, as the list of them.
 *
 * @throws MachineryError `ERR_RESULT_TYPE` for what is no array, `ERR_RESULT_COUNT` for too few or too many
 */
export function tuple(value: unknown, count: number): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new MachineryError("ERR_RESULT_TYPE", `the handler is to return an array of ${count} results, got ${typeof value}.`);
  }
  if (value.length !== count) {
    throw new MachineryError("ERR_RESULT_COUNT", `the handler is to return ${count} results, got ${value.length}.`);
  }
  return value;
}

/**
 * Whether the results in a task's state are those that its contract declares, by number and type.
 *
 * @throws MachineryError `ERR_RESULT_COUNT`, `ERR_RESULT_TYPE`
 */
export function checkResults({ name, gives }: TaskDefinition, results: readonly WireArg[]): void {
  if (results.length !== gives.length) {
    throw new MachineryError("ERR_RESULT_COUNT", `"${name}" returns ${gives.length} results, its state holds ${results.length}.`, {
      at: "/Results",
      hint,
    });
  }
  for (let i = 0; i < gives.length; i++) {
    const type = results[i]!.Type;
    if (type !== gives[i] && !(type === "[]byte" && gives[i] === "[]uint8") && !holds(gives[i]!, type)) {
      throw new MachineryError("ERR_RESULT_TYPE", `"${name}" returns ${gives[i]}, its state holds ${preview(type)}.`, {
        at: `/Results/${i}/Type`,
        hint,
      });
    }
  }
}

const hint = "Worker and sender run on different contracts.";
