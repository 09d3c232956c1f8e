import type { StateName, StateWrite } from "../backends/backend.js";
import type { Delivery } from "../brokers/broker.js";
import type { TaskContext } from "../executors/context.js";
import type { DispatchEntry } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import type { Timer } from "../util/clock.js";
import { readAttempt, readReplyTopic } from "../wire/headers.js";
import type { JsonValue } from "../wire/json.js";
import type { WireSignature } from "../wire/signature.js";
import { StateRecord } from "../wire/state.js";

/** One task that a worker holds: its claim, its signature, its handler. It is the handler's context too. */
export class Job implements TaskContext {
  readonly delivery: Delivery;
  readonly signature: WireSignature;
  readonly entry: DispatchEntry;
  readonly args: readonly unknown[];
  readonly attempt: number;
  readonly #logger: Logger;
  #boundLogger: Logger | undefined;
  #headers: Map<string, JsonValue> | undefined;
  #abort: AbortController | undefined;
  #abortReason: unknown;
  /** The time-out, while it runs. */
  timer: Timer | undefined;

  constructor(delivery: Delivery, signature: WireSignature, entry: DispatchEntry, args: readonly unknown[], logger: Logger) {
    this.delivery = delivery;
    this.signature = signature;
    this.entry = entry;
    this.args = args;
    this.attempt = readAttempt(signature.Headers);
    this.#logger = logger;
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

  get headers(): ReadonlyMap<string, JsonValue> {
    this.#headers ??= new Map(Object.entries(this.signature.Headers ?? {}));
    return this.#headers;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  get logger(): Logger {
    this.#boundLogger ??= this.#logger.child({ task: this.name, uuid: this.uuid });
    return this.#boundLogger;
  }

  /** Aborts `signal`, also where the handler asks for it only later. */
  abort(reason: Error): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }
}

/** The state of a signature's task as the backend stores it. */
export function stateOf(
  signature: WireSignature,
  state: StateName,
  results: string | null,
  error: string,
  createdAt: string,
  ttlMs: number,
): StateWrite {
  const { UUID, Name, Headers } = signature;
  return new StateRecord(UUID, Name, state, results, error, createdAt, ttlMs, readReplyTopic(Headers));
}
