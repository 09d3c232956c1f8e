import type { Backend } from "../backends/backend.js";
import type { Broker } from "../brokers/broker.js";
import type { Config } from "../config/config.js";
import { openBackend, openBroker } from "../connect.js";
import { MachineryError } from "../errors.js";
import type { Handler } from "../gen/v1/dispatcher.js";
import type { Sending } from "../gen/v1/sender.js";
import type { TaskDefinition } from "../gen/v1/task.js";
import type { Logger } from "../logger.js";
import type { PeriodicTasks } from "../periodic/periodic-tasks.js";
import type { AsyncResult } from "../results/async-result.js";
import type { Cancellation } from "../results/canceller.js";
import type { Clock } from "../util/clock.js";
import { type MessageLimits, messageLimits } from "../wire/limits.js";
import { routingKeyOf } from "../wire/routing-key.js";
import { Worker, type WorkerOptions } from "../worker/worker.js";
import type { Complete, ResultOf } from "../workflow/fit.js";
import type { Signature } from "../workflow/signature.js";
import { decodeUntyped } from "../workflow/untyped.js";
import type { Chain, Chord, Group } from "../workflow/workflow.js";
import type { AsyncResultOf } from "./async-result-of.js";
import { BrokerView } from "./broker-view.js";
import type { DynamicTypes } from "./dynamic-task.js";
import { PeriodicSending, type SendGroupOptions } from "./periodic-sending.js";
import { Results } from "./results.js";
import { Sender } from "./sender.js";
import { type ServerOptions, settleOptions } from "./server-options.js";
import { TaskRegistry } from "./task-registry.js";

export type { AsyncResultOf } from "./async-result-of.js";
export type { SendGroupOptions } from "./periodic-sending.js";
export type { ServerOptions } from "./server-options.js";

/**
 * The sending side, and where workers and results come from: Machinery's Server. It holds one connection to the broker and one to the
 * result backend, shared by all that it sends, waits for and works on.
 */
export class Server extends PeriodicSending implements Sending {
  readonly config: Config;
  readonly logger: Logger;
  readonly #broker: Broker;
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #results: Results;
  readonly #sender: Sender;
  readonly #workers = new Set<Worker>();
  readonly #tasks = new TaskRegistry();
  #periodic: Promise<PeriodicTasks> | undefined;
  #closed: Promise<void> | undefined;

  private constructor(config: Config, broker: Broker, backend: Backend, clock: Clock, logger: Logger) {
    super();
    this.config = config;
    this.logger = logger;
    this.#broker = broker;
    this.#backend = backend;
    this.#clock = clock;
    const resultTtlMs = this.#ttlMs;
    this.#results = new Results({ broker, backend, clock, resultTtlMs });
    const { controls, topic: replyTopic } = this.#results;
    this.#sender = new Sender({ config, broker, backend, clock, logger, resultTtlMs, controls, replyTopic });
  }

  /**
   * Reads the configuration (code before environment before file), and connects.
   *
   * @throws MachineryError `ERR_CONFIG*`, `ERR_URL*` for what cannot be right, `ERR_BROKER`, `ERR_BACKEND`, `ERR_STORE` for a server
   * that cannot be reached or a folder that cannot be used
   */
  static async connect(options: ServerOptions = {}): Promise<Server> {
    const { config, logger, clock } = await settleOptions(options);
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
    const { config, logger, clock } = await settleOptions({ ...options, broker: "memory:", resultBackend: "memory:" });
    return new Server(config, broker, backend, clock, logger);
  }

  /** Sends one task. `signature` comes from generated builders, `tasks.add(1n, 1n)`, or from `signature()` for a task without contract. */
  sendTask<const S extends Signature>(signature: S extends Complete<S> ? S : Complete<S>): Promise<AsyncResult<ResultOf<S>>> {
    return this.#sender.sendTask(signature as never) as Promise<never>;
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
    return this.#sender.sendItem(group as never, concurrency) as Promise<never>;
  }

  /** Sends a group, and a callback that gets all its results. Resolves to the callback's AsyncResult. */
  sendChord<const C extends Chord>(
    chord: C extends Complete<C> ? C : Complete<C>,
    { concurrency }: SendGroupOptions = {},
  ): Promise<AsyncResultOf<C>> {
    return this.#sender.sendItem(chord as never, concurrency) as Promise<never>;
  }

  /** Sends tasks that run one after another. Resolves to the last one's AsyncResult; its `get` fails as soon as any of them fails. */
  sendChain<const C extends Chain>(chain: C extends Complete<C> ? C : Complete<C>): Promise<AsyncResultOf<C>> {
    return this.#sender.sendItem(chain as never) as Promise<never>;
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
    return this.#sender.sendRaw(body, this.#limits, queue);
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
    const { canceller } = this.#results.controls;
    if (typeof given !== "string") return canceller.cancel(given);
    const [cancellation] = await canceller.cancel([given]);
    return cancellation!;
  }

  /**
   * Tells the server what a contract says of a task; `senders(server)` does. Who sends a task by its name alone, with `signature`, is then
   * warned too of what workers in Go get wrong.
   */
  declareTask(definition: TaskDefinition): void {
    this.#sender.declare(definition);
  }

  /** A worker on this server's broker and backend; it takes nothing until it is started or launched. */
  newWorker(tag: string, options: WorkerOptions = {}): Worker {
    this.#mustBeOpen();
    const handlers = this.#tasks.dispatchWith(options.handlers);
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
    this.#tasks.register(name, handler, types);
  }

  /** Registers several at once, by name. */
  registerTasks(handlers: { readonly [name: string]: Handler }): void {
    for (const [name, handler] of Object.entries(handlers)) this.registerTask(name, handler);
  }

  isTaskRegistered(name: string): boolean {
    return this.#tasks.has(name);
  }

  getRegisteredTaskNames(): string[] {
    return this.#tasks.names();
  }

  /**
   * The result of a task that was sent elsewhere or earlier, by its UUID. With `decode` (a definition's `decodeResults`) it is typed;
   * without, it is read by the types that its state names.
   */
  asyncResult<Result = unknown>(
    uuid: string,
    decode: (results: readonly any[]) => Result = decodeUntyped as never,
  ): AsyncResult<Result> {
    return this.#results.of(uuid, decode);
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
    this.#sender.close();
    await (await this.#periodic)?.stop();
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
    await this.#sender.drained();
    this.#results.close();
    await Promise.all([this.#broker.close(), this.#backend.close()]);
  }

  /** With them comes a parser of cron expressions, and most processes have none. */
  protected periodicTasks(): Promise<PeriodicTasks> {
    this.#mustBeOpen();
    this.#periodic ??= import("../periodic/periodic-tasks.js").then(
      ({ PeriodicTasks }) =>
        new PeriodicTasks({
          backend: this.#backend,
          clock: this.#clock,
          logger: this.logger,
          encoder: this.#sender.encoder,
          send: (planned, concurrency) => this.#sender.sendPlan(planned, concurrency),
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
