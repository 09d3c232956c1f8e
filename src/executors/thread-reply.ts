import { MachineryError } from "../errors.js";
import { EncodedResults, UnfitMessage, UnfitResults } from "./encoded-results.js";
import { fromPlainError } from "./plain-error.js";
import type { ThreadReply } from "./thread-protocol.js";

/**
 * What a thread answers that was given a task.
 *
 * @throws what the handler threw; `UnfitMessage`, `UnfitResults`, `ERR_PROJECT`
 */
export function resultsIn(reply: ThreadReply): EncodedResults {
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
      throw new TypeError("a thread has not run the task it was given");
  }
}
