import type { Delivery } from "../brokers/broker.js";
import type { TaskContext } from "../executors/context.js";
import type { Abortable } from "../executors/seats.js";
import type { Logger } from "../logger.js";
import type { Placed } from "../util/bag.js";
import type { Timer } from "../util/clock.js";
import { readAttempt, readErrors } from "../wire/headers.js";
import type { JsonValue } from "../wire/json.js";
import { progressOf } from "../wire/notices.js";
import type { WireSignature } from "../wire/signature.js";
import type { ProgressTeller } from "./progress-teller.js";
import type { WorkerTask } from "./worker-task.js";

/** What all jobs of a worker have in common. */
export interface JobSurroundings {
  readonly logger: Logger;
  readonly progress: ProgressTeller;
}

/** One task that a worker holds: its claim, its signature, its handler. It is the handler's context too. */
export class Job implements TaskContext, Abortable, Placed {
  readonly delivery: Delivery;
  readonly signature: WireSignature;
  readonly entry: WorkerTask;
  readonly args: readonly unknown[];
  readonly attempt: number;
  readonly #surroundings: JobSurroundings;
  #boundLogger: Logger | undefined;
  #headers: Map<string, JsonValue> | undefined;
  #abort: AbortController | undefined;
  #abortReason: Error | undefined;
  #onAbort: (() => void) | undefined;
  /** Whether anybody could hear of an abort. */
  #mayHear = false;
  #over = false;
  place = -1;
  /** Its message goes, or has gone, to somebody else: how this run ends is not to decide how the task does. */
  abandoned = false;
  /** Why it was cancelled, if it was. */
  cancellation: Error | undefined = undefined;
  /** Whether its handler has been called. */
  started = false;
  /** Whether the task has ended without its handler, which may go on. */
  leftBehind = false;
  /** The time-out, while it runs. */
  timer: Timer | undefined = undefined;

  constructor(
    delivery: Delivery,
    signature: WireSignature,
    entry: WorkerTask,
    args: readonly unknown[],
    surroundings: JobSurroundings,
  ) {
    this.delivery = delivery;
    this.signature = signature;
    this.entry = entry;
    this.args = args;
    this.attempt = readAttempt(signature.Headers);
    this.#surroundings = surroundings;
  }

  get uuid(): string {
    return this.signature.UUID;
  }

  get name(): string {
    return this.signature.Name;
  }

  get queue(): string {
    return this.delivery.queue;
  }

  get body(): Uint8Array {
    return this.delivery.body;
  }

  get headers(): ReadonlyMap<string, JsonValue> {
    this.#headers ??= new Map(Object.entries(this.signature.Headers ?? {}));
    return this.#headers;
  }

  get errors(): readonly string[] {
    return readErrors(this.signature.Headers);
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#mayHear = true;
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  get logger(): Logger {
    this.#boundLogger ??= this.#surroundings.logger.child({ task: this.name, uuid: this.uuid });
    return this.#boundLogger;
  }

  get progress(): TaskContext["progress"] {
    return (done, total = 1) => {
      const progress = this.#over ? undefined : progressOf(done, total);
      if (progress) this.#surroundings.progress.tell(this.uuid, progress);
    };
  }

  get abortReason(): Error | undefined {
    return this.#abortReason;
  }

  onAbort(listener: (() => void) | undefined): void {
    this.#mayHear = true;
    this.#onAbort = listener;
  }

  /** Aborts `signal`, also where the handler asks for it only later. */
  abort(reason: Error): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#abort?.abort(reason);
    this.#onAbort?.();
  }

  /** Aborts it because its message is somebody else's now. */
  abandon(reason: Error): void {
    this.abandoned = true;
    this.abort(reason);
  }

  /** Aborts it because its task has been ended from elsewhere. */
  cancel(reason: Error): void {
    this.cancellation = reason;
    this.abort(reason);
  }

  /** Whether the run has ended; its handler may go on all the same. */
  get over(): boolean {
    return this.#over;
  }

  /** Ends the run; `false` where it was over before, by its time-out say. */
  finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.timer?.cancel();
    return true;
  }

  /** Whether what it returned may be half a result: it was told to stop early, and listened. */
  get mayBeCutShort(): boolean {
    return this.abandoned && this.#mayHear;
  }
}
