import type { Backend } from "../backends/backend.js";
import type { Broker } from "../brokers/broker.js";
import type { Config } from "../config/config.js";
import { MachineryError } from "../errors.js";
import type { Logger } from "../logger.js";
import { AsyncResult, type ResultControls } from "../results/async-result.js";
import type { Clock } from "../util/clock.js";
import { header } from "../wire/headers.js";
import type { MessageLimits } from "../wire/limits.js";
import { SignatureEncoder } from "../workflow/encode.js";
import { type Plan, type PlannedMessage, type PlannedResult, type PlannedTask, plan, planTask } from "../workflow/plan.js";
import type { Signature, SignatureTask } from "../workflow/signature.js";
import { Chain, Chord, Group, type Item } from "../workflow/workflow.js";
import { GoWarnings } from "./go-warnings.js";
import { Outbox } from "./outbox.js";
import { planRaw } from "./raw-message.js";

export interface SenderParts {
  readonly config: Config;
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resultTtlMs: number;
  readonly controls: ResultControls;
  /** What workers reach this process by, to tell it of results. */
  readonly replyTopic: string | undefined;
}

/** Makes messages of signatures and workflows, puts them into the outbox, and makes the results that are then waited for. */
export class Sender {
  readonly encoder: SignatureEncoder;
  readonly #controls: ResultControls;
  readonly #clock: Clock;
  readonly #defaultQueue: string;
  readonly #keepsResults: boolean;
  readonly #goWarnings: GoWarnings;
  readonly #outbox: Outbox;
  #closed = false;

  constructor({ config, broker, backend, clock, logger, resultTtlMs, controls, replyTopic }: SenderParts) {
    const { defaultQueue, maxMessageBytes } = config;
    this.#controls = controls;
    this.#clock = clock;
    this.#defaultQueue = defaultQueue;
    this.#keepsResults = backend.capabilities.keeps;
    this.#goWarnings = new GoWarnings(logger);
    this.#outbox = new Outbox({ broker, backend, clock, resultTtlMs, maxMessageBytes });
    this.encoder = new SignatureEncoder({
      queue: defaultQueue,
      ...(replyTopic !== undefined && { headers: { [header.reply]: replyTopic } }),
    });
  }

  /** A contract's task, for warnings to those who send it by its name alone. */
  declare(task: SignatureTask): void {
    this.#goWarnings.declare(task);
  }

  /** One task without callbacks is the common case, and costs no more than it must. */
  sendTask(signature: Signature): Promise<AsyncResult<unknown>> {
    const { onSuccess, onError } = signature.options;
    if (onSuccess !== undefined || onError !== undefined) return this.sendItem(signature) as Promise<AsyncResult<unknown>>;
    return new Promise((resolve, reject) => {
      this.#mustBeOpen();
      this.#goWarnings.look(signature);
      const message = planTask(signature, this.encoder, this.#clock.now());
      this.#outbox.add(message, this.#resultOf(message), resolve, reject);
    });
  }

  /** @param concurrency how many messages are under way at once; 0: all */
  async sendItem(item: Item, concurrency = 0): Promise<unknown> {
    this.#mustBeOpen();
    if (!Number.isInteger(concurrency) || concurrency < 0) {
      throw new MachineryError("ERR_CONFIG", `must be a whole number, 0 for no limit, got ${concurrency}.`, { at: "concurrency" });
    }
    this.#goWarnings.lookAll(item);
    const planned = plan(item, this.encoder, this.#clock.now());
    await this.sendPlan(planned, concurrency);
    // Where one failure is the end of all, waiting for the last task ends with the first failure.
    const upstream = endsWithFirstFailure(item) ? planned.tasks : [];
    return this.#resultsOf(planned.result, upstream);
  }

  /** Also after `close`, for what was registered before. */
  async sendPlan({ groups, messages }: Plan, concurrency: number): Promise<void> {
    if (!this.#keepsResults && groups.some(({ awaited }) => awaited)) throw noChords();
    await this.#outbox.addAll(groups, messages, concurrency || messages.length);
  }

  async sendRaw(body: Uint8Array, limits: MessageLimits, queue: string | undefined): Promise<AsyncResult<unknown>> {
    this.#mustBeOpen();
    const message = planRaw(body, limits, this.#defaultQueue, queue);
    return new Promise((resolve, reject) => this.#outbox.add(message, this.#resultOf(message), resolve, reject));
  }

  /** Refuses from now on, with `ERR_CLOSED`. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when all that was sent is queued or refused. */
  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "the server was closed before.");
  }

  #resultOf({ uuid, task }: PlannedTask | PlannedMessage, upstream?: readonly string[]): AsyncResult<unknown> {
    return new AsyncResult(uuid, task.name, this.#controls, task.decodeResults, upstream);
  }

  #resultsOf(result: PlannedResult, upstream: readonly PlannedTask[]): unknown {
    if (isMany(result)) return result.map((one) => this.#resultsOf(one, []));
    return this.#resultOf(
      result,
      upstream.filter(({ uuid }) => uuid !== result.uuid).map(({ uuid }) => uuid),
    );
  }
}

function endsWithFirstFailure(item: Item): boolean {
  if (item instanceof Chord)
    return item.onFailure === "fail" && endsWithFirstFailure(item.group) && endsWithFirstFailure(item.callback);
  if (item instanceof Chain) return item.items.every(endsWithFirstFailure);
  if (item instanceof Group) return (item.members as readonly Item[]).every(endsWithFirstFailure);
  return true;
}

function isMany(result: PlannedResult): result is readonly PlannedResult[] {
  return Array.isArray(result);
}

function noChords(): MachineryError {
  return new MachineryError("ERR_UNSUPPORTED", "a chord needs a result backend that keeps its members' results.", {
    at: "resultBackend",
    hint: "Set it to another one than null:, for senders and workers.",
  });
}
