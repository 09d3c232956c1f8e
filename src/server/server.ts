import type { Backend } from "../backends/backend.js";
import type { Broker } from "../brokers/broker.js";
import { type Config, resolveConfig } from "../config/config.js";
import type { ConfigOptions } from "../config/options.js";
import { openBackend, openBroker } from "../connect.js";
import { MachineryError } from "../errors.js";
import type { Dispatch, DispatchEntry, Handler } from "../gen/v1/dispatcher.js";
import type { Sending } from "../gen/v1/sender.js";
import { createLogger, type Logger, withRedaction } from "../logger.js";
import type { PeriodicOptions, PeriodicTask, PeriodicTasks } from "../periodic/periodic-tasks.js";
import { AsyncResult, type ResultControls } from "../results/async-result.js";
import { type Cancellation, Canceller } from "../results/canceller.js";
import { ProgressFeed } from "../results/progress-feed.js";
import { Waiter } from "../results/waiter.js";
import { type Clock, systemClock } from "../util/clock.js";
import { header } from "../wire/headers.js";
import { type MessageLimits, messageLimits } from "../wire/limits.js";
import { routingKeyOf } from "../wire/routing-key.js";
import { Worker, type WorkerOptions } from "../worker/worker.js";
import { SignatureEncoder } from "../workflow/encode.js";
import type { Complete, ResultOf } from "../workflow/fit.js";
import { type PlannedResult, type PlannedTask, plan, planTask } from "../workflow/plan.js";
import type { Signature } from "../workflow/signature.js";
import { decodeUntyped } from "../workflow/untyped.js";
import { Chain, Chord, Group, type Item } from "../workflow/workflow.js";
import { BrokerView } from "./broker-view.js";
import { type DynamicTypes, dynamicTask } from "./dynamic-task.js";
import { GoWarnings } from "./go-warnings.js";
import { Outbox } from "./outbox.js";
import { planRaw } from "./raw-message.js";

export interface ServerOptions extends ConfigOptions {
  /** Where the library logs to. Default: pino, JSON lines on stderr. */
  readonly logger?: Logger;
  /** The time by which the library lives. Default: the system's. For tests. */
  readonly clock?: Clock;
}

export interface SendGroupOptions {
  /** How many members are on their way to the broker at once; 0, the default: no limit but the broker's own. */
  readonly concurrency?: number;
}

/** What is waited for after sending an item: for a group, one for each member. */
export type AsyncResultOf<I> =
  I extends Group<infer Members>
    ? { readonly [Index in keyof Members]: AsyncResultOf<Members[Index]> }
    : I extends Chain<any, infer End>
      ? AsyncResultOf<End>
      : I extends Chord<any, infer Callback>
        ? AsyncResultOf<Callback>
        : AsyncResult<ResultOf<I>>;

/**
 * The sending side, and where workers and results come from: Machinery's Server. It holds one connection to the broker and one to the
 * result backend, shared by all that it sends, waits for and works on.
 */
export class Server implements Sending {
  readonly config: Config;
  readonly logger: Logger;
  readonly #broker: Broker;
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #waiter: Waiter;
  readonly #controls: ResultControls;
  readonly #encoder: SignatureEncoder;
  readonly #goWarnings: GoWarnings;
  readonly #workers = new Set<Worker>();
  readonly #registered = new Map<string, DispatchEntry>();
  #periodic: Promise<PeriodicTasks> | undefined;
  #closed: Promise<void> | undefined;

  private constructor(config: Config, broker: Broker, backend: Backend, clock: Clock, logger: Logger) {
    this.config = config;
    this.logger = logger;
    this.#broker = broker;
    this.#backend = backend;
    this.#clock = clock;
    this.#goWarnings = new GoWarnings(logger);
    this.#waiter = new Waiter(backend, clock, this.#ttlMs);
    const canceller = new Canceller({ broker, backend, clock, resultTtlMs: this.#ttlMs });
    this.#controls = { results: this.#waiter, canceller, progress: new ProgressFeed(broker) };
    this.#outbox = new Outbox({ broker, backend, clock, resultTtlMs: this.#ttlMs, maxMessageBytes: config.maxMessageBytes });
    const topic = this.#waiter.topic;
    this.#encoder = new SignatureEncoder({
      queue: config.defaultQueue,
      ...(topic !== undefined && { headers: { [header.reply]: topic } }),
    });
  }

  /**
   * Reads the configuration (code before environment before file), and connects.
   *
   * @throws MachineryError `ERR_CONFIG*`, `ERR_URL*` for what cannot be right, `ERR_BROKER`, `ERR_BACKEND`, `ERR_STORE` for a server
   * that cannot be reached or a folder that cannot be used
   */
  static async connect(options: ServerOptions = {}): Promise<Server> {
    const { config, logger, clock } = await settle(options);
    const broker = await openBroker(config.broker, config, { clock, routingKeyOf });
    try {
      const backend = await openBackend(config.resultBackend, config, { clock });
      return new Server(config, broker, backend, clock, logger);
    } catch (error) {
      await broker.close();
      throw error;
    }
  }

  /**
   * The same on a broker and a result backend that are open already: the server has them to itself, and closes them with itself.
   *
   * @throws MachineryError `ERR_CONFIG*`, `ERR_URL*`
   */
  static async over(
    broker: Broker,
    backend: Backend,
    options: Omit<ServerOptions, "broker" | "resultBackend"> = {},
  ): Promise<Server> {
    const { config, logger, clock } = await settle({ ...options, broker: "memory:", resultBackend: "memory:" });
    return new Server(config, broker, backend, clock, logger);
  }

  /** Sends one task. `signature` comes from generated builders, `tasks.add(1n, 1n)`, or from `signature()` for a task without contract. */
  sendTask<const S extends Signature>(signature: S extends Complete<S> ? S : Complete<S>): Promise<AsyncResult<ResultOf<S>>> {
    return this.#sendOne(signature as never) as Promise<never>;
  }

  /**
   * Sends tasks that run side by side. Resolves to one AsyncResult for each member, in order.
   *
   * @throws AggregateError where some were not sent, with the error of each; the others run all the same
   */
  sendGroup<const G extends Group>(
    group: G extends Complete<G> ? G : Complete<G>,
    { concurrency }: SendGroupOptions = {},
  ): Promise<AsyncResultOf<G>> {
    return this.#sendItem(group as never, concurrency) as Promise<never>;
  }

  /** Sends a group, and a callback that gets all its results. Resolves to the callback's AsyncResult. */
  sendChord<const C extends Chord>(
    chord: C extends Complete<C> ? C : Complete<C>,
    { concurrency }: SendGroupOptions = {},
  ): Promise<AsyncResultOf<C>> {
    return this.#sendItem(chord as never, concurrency) as Promise<never>;
  }

  /** Sends tasks that run one after another. Resolves to the last one's AsyncResult; its `get` fails as soon as any of them fails. */
  sendChain<const C extends Chain>(chain: C extends Complete<C> ? C : Complete<C>): Promise<AsyncResultOf<C>> {
    return this.#sendItem(chain as never) as Promise<never>;
  }

  /**
   * Sends a message that was written elsewhere, byte for byte as it stands, to the queue that its RoutingKey names: a dead letter kept
   * in a file, say, or one of another client. An ETA in it is kept, and so is its priority.
   *
   * @param queue where to instead
   * @throws MachineryError `ERR_MSG_*`, `ERR_SIG_*`, `ERR_ARG_TYPE` for what no worker would take
   */
  async sendRaw(body: Uint8Array, queue?: string): Promise<AsyncResult<unknown>> {
    this.#mustBeOpen();
    const message = planRaw(body, this.#limits, this.config.defaultQueue, queue);
    const { uuid, task } = message;
    const result = new AsyncResult(uuid, task.name, this.#controls, task.decodeResults);
    return new Promise((resolve, reject) => this.#outbox.add(message, result, resolve, reject));
  }

  /**
   * Ends tasks that have not ended yet, wherever they are: their state is FAILURE from now on (`ERR_TASK_CANCELLED`), and what follows
   * from a failure follows. One that waits in a queue, is delayed, or is to be tried again will not run; one that runs is told to end: on
   * a thread it ends, with its thread if need be; on the event loop its signal aborts, and whether it heeds that is its own affair. What
   * it does from now on counts for nothing.
   *
   * That holds where the backend keeps the first terminal state (`atomicStates`); where it does not, a task that ends at the same time
   * may still have the last word. Where the broker carries no `notices`, what runs goes on to its end. Workers in Go know nothing of it.
   *
   * @returns what became of each, in order
   * @throws MachineryError `ERR_ARG_VALUE` for what is no task's id, before anything is done; what the backend throws
   */
  cancel(uuid: string): Promise<Cancellation>;
  cancel(uuids: readonly string[]): Promise<Cancellation[]>;
  async cancel(given: string | readonly string[]): Promise<Cancellation | Cancellation[]> {
    this.#mustBeOpen();
    const { canceller } = this.#controls;
    if (typeof given !== "string") return canceller.cancel(given);
    const [cancellation] = await canceller.cancel([given]);
    return cancellation!;
  }

  /** A worker on this server's broker and backend; it takes nothing until it is started or launched. */
  newWorker(tag: string, options: WorkerOptions = {}): Worker {
    this.#mustBeOpen();
    const handlers: Dispatch = new Map([...this.#registered, ...(options.handlers ?? [])]);
    const { concurrency, leaseMs, heartbeatMs, defaultQueue, callbackArgs, noUnixSignals } = this.config;
    const worker = new Worker(
      tag,
      {
        broker: this.#broker,
        backend: this.#backend,
        clock: this.#clock,
        logger: this.logger,
        limits: this.#limits,
        defaultQueue,
        resultTtlMs: this.#ttlMs,
        callbackArgs,
        signals: !noUnixSignals,
      },
      { concurrency, leaseMs, heartbeatMs, ...options, handlers },
    );
    this.#workers.add(worker);
    return worker;
  }

  /**
   * Registers a task without a contract, for the workers that are made from now on (one in a worker's own `handlers` goes first). Its arguments are decoded by the types that the message names, its results encoded by
   * `types.returns`, or by what they are in TypeScript (bigint → int64, number → float64, string, boolean, Uint8Array → []uint8).
   */
  registerTask(name: string, handler: Handler, types: DynamicTypes = {}): void {
    this.#mustBeOpen();
    if (typeof handler !== "function") throw new MachineryError("ERR_HANDLER_MISSING", "the handler is no function.", { at: name });
    this.#registered.set(name, { definition: dynamicTask(name, types), handler });
  }

  /** Registers several at once, by name. */
  registerTasks(handlers: { readonly [name: string]: Handler }): void {
    for (const [name, handler] of Object.entries(handlers)) this.registerTask(name, handler);
  }

  isTaskRegistered(name: string): boolean {
    return this.#registered.has(name);
  }

  getRegisteredTaskNames(): string[] {
    return [...this.#registered.keys()];
  }

  /**
   * The result of a task that was sent elsewhere or earlier, by its UUID. With `decode` (a definition's `decodeResults`) it is typed;
   * without, it is read by the types that its state names.
   */
  asyncResult<Result = unknown>(
    uuid: string,
    decode: (results: readonly any[]) => Result = decodeUntyped as never,
  ): AsyncResult<Result> {
    return new AsyncResult<Result>(uuid, "", this.#controls, decode);
  }

  /**
   * Sends a task again and again, as a cron expression says: `server.registerPeriodicTask("30 4 * * 1-5", "report", tasks.report())`. Any
   * number of processes may register it under the same name; each time one of them sends it, which the result backend sees to. What
   * nobody sent within a minute is missed: it is logged, told by `events.periodicMissed`, and not made up for.
   *
   * @param spec minute, hour, day, month and day of the week; seconds may stand before them; `@daily` and the like, `@every 1h30m`
   * @param name what the fires of different processes are told to be the same by
   * @throws MachineryError `ERR_CONFIG` for a schedule that is none or a name that is taken; `ERR_SIGNATURE_INCOMPLETE`; `ERR_WORKFLOW`
   * for a signature with an id of its own
   */
  async registerPeriodicTask<const S extends Signature>(
    spec: string,
    name: string,
    signature: S extends Complete<S> ? S : Complete<S>,
    options: PeriodicOptions = {},
  ): Promise<PeriodicTask> {
    return (await this.#periodicTasks()).register(spec, name, signature as never, options, 0);
  }

  /** The same for a group. */
  async registerPeriodicGroup<const G extends Group>(
    spec: string,
    name: string,
    group: G extends Complete<G> ? G : Complete<G>,
    { concurrency = 0, ...options }: PeriodicOptions & SendGroupOptions = {},
  ): Promise<PeriodicTask> {
    return (await this.#periodicTasks()).register(spec, name, group as never, options, concurrency);
  }

  /** The same for a chord. */
  async registerPeriodicChord<const C extends Chord>(
    spec: string,
    name: string,
    chord: C extends Complete<C> ? C : Complete<C>,
    { concurrency = 0, ...options }: PeriodicOptions & SendGroupOptions = {},
  ): Promise<PeriodicTask> {
    return (await this.#periodicTasks()).register(spec, name, chord as never, options, concurrency);
  }

  /** The same for a chain. */
  async registerPeriodicChain<const C extends Chain>(
    spec: string,
    name: string,
    chain: C extends Complete<C> ? C : Complete<C>,
    options: PeriodicOptions = {},
  ): Promise<PeriodicTask> {
    return (await this.#periodicTasks()).register(spec, name, chain as never, options, 0);
  }

  /** Ends what was registered under that name, in this process. Resolves to whether there was one, when nothing of it is on its way any more. */
  async removePeriodicTask(name: string): Promise<boolean> {
    return (await this.#periodicTasks()).remove(name);
  }

  /** The broker, for looking into queues without taking from them. */
  getBroker(): BrokerView {
    return new BrokerView(this.#broker, this.#backend, this.#limits, this.config.defaultQueue, this.#clock);
  }

  /** Stops the workers, sends what was on its way, fails what still waits with `ERR_CLOSED`, and closes the connections. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await (await this.#periodic)?.stop();
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
    await this.#outbox.drained();
    this.#waiter.close();
    await Promise.all([this.#broker.close(), this.#backend.close()]);
  }

  /** One task without callbacks is the common case, and costs no more than it must. */
  #sendOne(signature: Signature): Promise<AsyncResult<unknown>> {
    const { onSuccess, onError } = signature.options;
    if (onSuccess !== undefined || onError !== undefined) return this.#sendItem(signature) as Promise<AsyncResult<unknown>>;
    return new Promise((resolve, reject) => {
      this.#mustBeOpen();
      if (signature.task.policy.servedBy !== undefined) this.#goWarnings.look(signature);
      const message = planTask(signature, this.#encoder, this.#clock.now());
      const { uuid, task } = message;
      const result = new AsyncResult(uuid, task.name, this.#controls, task.decodeResults);
      this.#outbox.add(message, result, resolve, reject);
    });
  }

  async #sendItem(item: Item, concurrency = 0): Promise<unknown> {
    this.#mustBeOpen();
    if (!Number.isInteger(concurrency) || concurrency < 0) {
      throw new MachineryError("ERR_CONFIG", `must be a whole number, 0 for no limit, got ${concurrency}.`, { at: "concurrency" });
    }
    this.#goWarnings.lookAll(item);
    const planned = plan(item, this.#encoder, this.#clock.now());
    await this.#outbox.addAll(planned.groups, planned.messages, concurrency || planned.messages.length);
    // Where one failure is the end of all, waiting for the last task ends with the first failure.
    const upstream = endsWithFirstFailure(item) ? planned.tasks : [];
    return this.#resultOf(planned.result, upstream);
  }

  #resultOf(result: PlannedResult, upstream: readonly PlannedTask[]): unknown {
    if (isMany(result)) return result.map((one) => this.#resultOf(one, []));
    const { uuid, task } = result;
    const before = upstream.filter((other) => other.uuid !== uuid).map((other) => other.uuid);
    return new AsyncResult(uuid, task.name, this.#controls, task.decodeResults, before);
  }

  /** With them comes a parser of cron expressions, and most processes have none. */
  #periodicTasks(): Promise<PeriodicTasks> {
    this.#mustBeOpen();
    this.#periodic ??= import("../periodic/periodic-tasks.js").then(
      ({ PeriodicTasks }) =>
        new PeriodicTasks({
          backend: this.#backend,
          clock: this.#clock,
          logger: this.logger,
          encoder: this.#encoder,
          send: ({ groups, messages }, concurrency) => this.#outbox.addAll(groups, messages, concurrency || messages.length),
        }),
    );
    return this.#periodic;
  }

  get #ttlMs(): number {
    return this.config.resultsExpireIn * 1000;
  }

  get #limits(): MessageLimits {
    return messageLimits({ maxBytes: this.config.maxMessageBytes, uniqueKeys: this.config.uniqueKeys });
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "the server was closed before.");
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

async function settle({ logger: given, clock = systemClock, ...settings }: ServerOptions) {
  const config = await resolveConfig(settings);
  const logger = given ? withRedaction(given) : createLogger();
  for (const warning of config.warnings) logger.warn(warning);
  return { config, logger, clock };
}
