import { MachineryError } from "../errors.js";

export function timedOut(uuid: string, timeoutMs: number): MachineryError {
  return new MachineryError("ERR_TIMEOUT", `no result within ${timeoutMs} ms.`, {
    at: uuid,
    hint: "Is a worker running that takes from this task's queue? The task itself goes on; its result can be asked for again.",
  });
}

export function closed(uuid: string): MachineryError {
  return new MachineryError("ERR_CLOSED", "the server was closed before the result was there.", { at: uuid });
}

export function aborted(uuid: string, signal: AbortSignal): MachineryError {
  return new MachineryError("ERR_ABORTED", "the wait was aborted.", { at: uuid, cause: signal.reason });
}
