import type { Backend } from "../backends/backend.js";
import type { Broker, BrokerCapabilities, MessagePlace, QueueInfo, StoredMessage } from "../brokers/broker.js";
import type { MachineryError } from "../errors.js";
import type { Clock } from "../util/clock.js";
import type { MessageLimits } from "../wire/limits.js";
import { decodeMessage } from "../wire/message.js";
import type { WorkerAnnouncement } from "../wire/notices.js";
import type { WireSignature } from "../wire/signature.js";
import { callRoll } from "./roll-call.js";
import { surveyVersions, type VersionSurvey } from "./version-survey.js";

/** A message in a queue, read where it can be. */
export interface QueuedTask extends StoredMessage {
  /** `undefined` where the message is not a signature. */
  readonly signature: WireSignature | undefined;
  /** Why it is not. */
  readonly error: MachineryError | undefined;
}

/** A queue as people look at it: typed signatures instead of bytes, nothing consumed. */
export class BrokerView {
  readonly #broker: Broker;
  readonly #backend: Backend;
  readonly #limits: MessageLimits;
  readonly #defaultQueue: string;
  readonly #clock: Clock;

  constructor(broker: Broker, backend: Backend, limits: MessageLimits, defaultQueue: string, clock: Clock) {
    this.#broker = broker;
    this.#backend = backend;
    this.#limits = limits;
    this.#defaultQueue = defaultQueue;
    this.#clock = clock;
  }

  /** What the broker can do, and what it cannot. */
  get capabilities(): BrokerCapabilities {
    return this.#broker.capabilities;
  }

  /** Machinery's GetPendingTasks: the signatures that wait in a queue, next one first; at most `limit` (default 1,000). */
  async getPendingTasks(queue = this.#defaultQueue, limit = 1000): Promise<WireSignature[]> {
    return signatures(await this.list(queue, "pending", limit));
  }

  /** Machinery's GetDelayedTasks: the signatures that are not due yet, next one first; at most `limit` (default 1,000). */
  async getDelayedTasks(queue = this.#defaultQueue, limit = 1000): Promise<WireSignature[]> {
    return signatures(await this.list(queue, "delayed", limit));
  }

  /** Every message in that place, those that are no signatures too; at most `limit` (default 1,000). */
  async list(queue = this.#defaultQueue, where: MessagePlace = "pending", limit = 1000): Promise<QueuedTask[]> {
    return (await this.#broker.peek(queue, where, limit)).map((message) => ({ ...message, ...this.#read(message) }));
  }

  /** What does not fit in how the queue is set up, in words; empty where all is well, or nothing could be wrong. */
  async examine(queue = this.#defaultQueue, longestTaskMs?: number): Promise<readonly string[]> {
    return (await this.#broker.examine?.([queue], longestTaskMs)) ?? [];
  }

  /** How many messages are where. */
  inspect(queue = this.#defaultQueue): Promise<QueueInfo> {
    return this.#broker.inspect(queue);
  }

  /**
   * The workers that are there: asks all of them, and waits for those that answer. `undefined` where the broker carries no notices.
   * Workers of Go Machinery, and those of a version that does not know the question, keep silent.
   *
   * @param waitMs how long, in milliseconds; default 1,000
   */
  async workers(waitMs = 1000): Promise<readonly WorkerAnnouncement[] | undefined> {
    return this.#broker.capabilities.notices ? callRoll(this.#broker, this.#clock, waitMs) : undefined;
  }

  /**
   * Which versions of tasks wait in a queue, and which workers on that queue run which.
   *
   * @param limit of how many messages in each place to look at; default 1,000
   * @param waitMs how long workers have to answer, in milliseconds; default 1,000
   */
  async versions(queue = this.#defaultQueue, limit = 1000, waitMs = 1000): Promise<VersionSurvey> {
    const { showsPending, showsDelayed } = this.capabilities;
    const [pending, delayed, workers] = await Promise.all([
      showsPending ? this.list(queue, "pending", limit) : undefined,
      showsDelayed ? this.list(queue, "delayed", limit) : undefined,
      this.workers(waitMs),
    ]);
    return surveyVersions({ pending, delayed, workers: workers?.filter(({ queues }) => queues.includes(queue)) });
  }

  /**
   * Gives dead letters another chance: their states are forgotten, so that they may run again, and the messages go to the tail of
   * their queue, oldest first; how many.
   */
  async redrive(queue = this.#defaultQueue, limit = 1000): Promise<number> {
    const dead = await this.list(queue, "dead", limit);
    await this.#backend.purge(dead.flatMap(({ signature }) => (signature ? [signature.UUID] : [])));
    return this.#broker.redrive(queue, dead.length);
  }

  /** Deletes every message of the queue in that place; how many. */
  purge(queue = this.#defaultQueue, where: MessagePlace = "pending"): Promise<number> {
    return this.#broker.purge(queue, where);
  }

  #read({ body, queue }: StoredMessage): Pick<QueuedTask, "signature" | "error"> {
    try {
      return { signature: decodeMessage(body, this.#limits, queue), error: undefined };
    } catch (error) {
      return { signature: undefined, error: error as MachineryError };
    }
  }
}

function signatures(tasks: readonly QueuedTask[]): WireSignature[] {
  return tasks.flatMap(({ signature }) => (signature ? [signature] : []));
}
