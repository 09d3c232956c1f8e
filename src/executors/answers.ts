import { MachineryError } from "../errors.js";
import { EncodedResults, UnfitMessage, UnfitResults } from "./encoded-results.js";
import { fromPlainError } from "./plain-error.js";
import type { ThreadReply } from "./thread-protocol.js";

/**
 * What a thread's answer says of its task.
 *
 * @throws what the handler threw; `UnfitMessage`, `UnfitResults`, `ERR_PROJECT`
 */
export function results(reply: ThreadReply): EncodedResults {
  switch (reply.kind) {
    case "returned":
      return new EncodedResults(reply.results);
    case "threw":
      throw fromPlainError(reply.error);
    case "unfit-message":
      throw new UnfitMessage(fromPlainError(reply.error));
    case "unfit-results":
      throw new UnfitResults(fromPlainError(reply.error));
    case "not-loaded": {
      const cause = fromPlainError(reply.error);
      throw new MachineryError("ERR_PROJECT", `a thread cannot load the modules: ${cause.message}`, { at: "threads", cause });
    }
    case "loaded":
    case "not-begun":
      throw new TypeError("a thread has not run the task it was given");
  }
}

/** What is said of a task whose thread has ended, or of what `at` names. */
export function threadDied(at: string, cause: unknown): MachineryError {
  const { code, message } = cause as Error & { readonly code?: unknown };
  const exit = /exited with code: (\d+)/.exec(message)?.[1];
  const what =
    code === "ERR_WORKER_OUT_OF_MEMORY"
      ? "the thread ran out of memory."
      : exit === undefined
        ? `the thread broke: ${message}`
        : `the thread was ended from within, by process.exit(${exit}) say.`;
  return new MachineryError("ERR_THREAD_DIED", what, { at, cause });
}
