import { MachineryError } from "../errors.js";
import type { ResultSource } from "./async-result.js";
import type { GetOptions } from "./get-options.js";
import type { TaskState } from "./task-state.js";

/** Where the backend keeps nothing: whoever asks or waits is told at once, and does not wait for what will never come. */
export class NoResults implements ResultSource {
  async readState(uuid: string): Promise<never> {
    throw notKept(uuid);
  }

  async waitFor(uuid: string): Promise<never> {
    throw notKept(uuid);
  }

  wait(uuid: string, _options: GetOptions, _onEnd: (state: TaskState) => void, onError: (error: Error) => void): void {
    onError(notKept(uuid));
  }

  /** There is nothing to hear. */
  watchFailures(): () => void {
    return () => {};
  }

  // biome-ignore lint/correctness/useYield: it ends before the first state
  async *watchStates(uuid: string): AsyncGenerator<TaskState> {
    throw notKept(uuid);
  }
}

function notKept(uuid: string): MachineryError {
  return new MachineryError("ERR_UNSUPPORTED", "no result can be had: the result backend keeps none.", {
    at: uuid,
    hint: "Set resultBackend to one that does, for senders and workers.",
  });
}
