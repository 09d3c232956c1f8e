import { MachineryError } from "../errors.js";
import type { Logger } from "../logger.js";
import { systemClock } from "../util/clock.js";
import { Throttle } from "../util/throttle.js";
import { readAttempt, readErrors } from "../wire/headers.js";
import type { JsonValue } from "../wire/json.js";
import { type Progress, progressOf } from "../wire/notices.js";
import type { WireSignature } from "../wire/signature.js";
import type { AbortCode, Mark } from "./board.js";
import type { TaskContext } from "./context.js";

/** A loop that says with each step how far it has come is not to drown the worker's in messages. */
const progressEveryMs = 100;

/** What a handler on a thread can know of its task. */
export class ThreadContext implements TaskContext {
  readonly uuid: string;
  readonly name: string;
  readonly queue: string;
  readonly attempt: number;
  readonly #logger: Logger;
  readonly #signature: WireSignature;
  readonly #mark: Mark;
  readonly #progress: Throttle<Progress>;
  #headers: ReadonlyMap<string, JsonValue> | undefined;
  #abort: AbortController | undefined;
  #boundLogger: Logger | undefined;

  /** @param tell tells the loop how far the task has come */
  constructor(signature: WireSignature, queue: string, mark: Mark, logger: Logger, tell: (progress: Progress) => void) {
    this.uuid = signature.UUID;
    this.name = signature.Name;
    this.queue = queue;
    this.attempt = readAttempt(signature.Headers);
    this.#logger = logger;
    this.#signature = signature;
    this.#mark = mark;
    this.#progress = new Throttle(systemClock, progressEveryMs, tell);
  }

  readonly progress = (done: number, total = 1): void => {
    const progress = progressOf(done, total);
    if (progress) this.#progress.offer(progress);
  };

  get logger(): Logger {
    this.#boundLogger ??= this.#logger.child({ task: this.name, uuid: this.uuid });
    return this.#boundLogger;
  }

  /** Progress that has not been told yet; nothing more will be. */
  takeProgress(): Progress | undefined {
    return this.#progress.take()?.value;
  }

  get errors(): readonly string[] {
    return readErrors(this.#signature.Headers);
  }

  get headers(): ReadonlyMap<string, JsonValue> {
    this.#headers ??= new Map(Object.entries(this.#signature.Headers ?? {}));
    return this.#headers;
  }

  /** A handler that never waits for anything gets no events either: asking here anew shows how things stand. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      void this.#mark.change().then(() => this.#look());
    }
    this.#look();
    return this.#abort.signal;
  }

  #look(): void {
    const code = this.#mark.aborted;
    if (code !== undefined && !this.#abort!.signal.aborted) {
      this.#abort!.abort(new MachineryError(code, reasons[code], { at: this.name }));
    }
  }
}

const reasons: Readonly<Record<AbortCode, string>> = {
  ERR_TASK_TIMEOUT: "the task has run longer than its time-out; its thread will be ended.",
  ERR_TASK_CANCELLED: "the task was cancelled; its thread will be ended.",
  ERR_WORKER_STOPPED: "the worker stops, and the task's time to finish is over; its thread will be ended.",
  ERR_CLAIM_LOST: "the claim on this task's message was lost; its thread will be ended.",
};
