import { MachineryError } from "../errors.js";
import type { Clock, Timer } from "../util/clock.js";
import type { TaskContext } from "./context.js";
import type { EncodedResults } from "./encoded-results.js";
import type { Abortable } from "./seats.js";
import type { Try } from "./try.js";

/** A task as the pool sees it. */
export interface ThreadTask extends TaskContext, Abortable {
  /** The message, as it came. */
  readonly body: Uint8Array;
  /** Tells it to stop. */
  abort(reason: Error): void;
}

/** A task on its way through the pool. */
export class Errand {
  readonly task: ThreadTask;
  /** How long it may run from its turn on, in milliseconds. */
  readonly timeoutMs: number | undefined;
  readonly #resolve: (results: EncodedResults) => void;
  readonly #reject: (error: unknown) => void;
  /** Where it is on a thread, or on deck. */
  current: Try | undefined = undefined;
  /** How many threads have ended with it that had begun nothing at all. */
  lostTries = 0;
  #timer: Timer | undefined = undefined;

  constructor(
    task: ThreadTask,
    timeoutMs: number | undefined,
    resolve: (results: EncodedResults) => void,
    reject: (error: unknown) => void,
  ) {
    this.task = task;
    this.timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** From now on its time counts. */
  beginTime(clock: Clock): void {
    const { task, timeoutMs } = this;
    if (timeoutMs === undefined) return;
    this.#timer ??= clock.after(timeoutMs, () => {
      const what = `the task ran longer than its time-out of ${timeoutMs} ms.`;
      task.abort(new MachineryError("ERR_TASK_TIMEOUT", what, { at: task.name }));
    });
  }

  /** Ends with the reason to stop, where there is one, and else with what `results` returns or throws. */
  end(results?: () => EncodedResults): void {
    const { task } = this;
    this.#timer?.cancel();
    task.onAbort(undefined);
    try {
      if (task.abortReason !== undefined) throw task.abortReason;
      this.#resolve(results!());
    } catch (error) {
      this.#reject(error);
    }
  }
}
