import type { ConsumeMessage } from "amqplib";
import { type AmqpAddress, AmqpConnections } from "../amqp/connections.js";
import type { Outgoing } from "../amqp/letter.js";
import { Publisher } from "../amqp/publisher.js";
import { MachineryError } from "../errors.js";
import { type Clock, systemClock } from "../util/clock.js";
import { isTerminal, isTerminalJson } from "../wire/state-text.js";
import { goGroupQueue, ownGroupQueue } from "./amqp/group-queue.js";
import { Groups } from "./amqp/groups.js";
import { type KnownState, KnownStates } from "./amqp/known-states.js";
import { Leases } from "./amqp/leases.js";
import { Replies } from "./amqp/replies.js";
import { TaskQueues } from "./amqp/task-queues.js";
import { inRange } from "./amqp/time-to-live.js";
import { Watches } from "./amqp/watches.js";
import type {
  Backend,
  BackendCapabilities,
  GateAnswer,
  GroupMember,
  GroupRecord,
  StateListener,
  StateWrite,
  Watch,
  WriteOutcome,
} from "./backend.js";

/**
 * RabbitMQ keeps no states: it brings them to who waits for them. A process knows what it has written or been told of, and no other can
 * ask for it.
 */
export const amqpBackendCapabilities: BackendCapabilities = Object.freeze({
  keeps: true,
  push: true,
  atomicStates: false,
  atomicGate: false,
  persistent: false,
  shared: true,
  rereadable: false,
  evicts: false,
});

export interface AmqpBackendOptions {
  readonly address: AmqpAddress;
  /** Machinery's exchange; the one over which processes are told what to forget is named after it. Default `machinery_exchange`. */
  readonly exchange?: string;
  /**
   * How states come to who waits: `client`, on a queue of each process; `task`, on a queue of each task as Go Machinery does, for fleets that
   * Go is part of. Default `client`.
   */
  readonly resultQueues?: "client" | "task";
  /** With `task`: Machinery's `results_expire_in`, in milliseconds; the same for all who use the queues. Default 3,600,000. */
  readonly resultsExpireMs?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** How long RabbitMQ may take to confirm a state, in milliseconds. Default 10,000. */
  readonly publishDeadlineMs?: number;
}

/**
 * Opens a result backend over RabbitMQ. Each process has one queue on which it is told of the tasks that it sent; the workers find its
 * name in the messages' headers.
 *
 * @throws MachineryError `ERR_BROKER` if none of the endpoints can be reached, or RabbitMQ refuses user or virtual host
 */
export async function openAmqpBackend(options: AmqpBackendOptions): Promise<Backend> {
  const connections = await AmqpConnections.acquire(options.address, options.clock ?? systemClock);
  const backend = new AmqpBackend(connections, options);
  try {
    await backend.open();
    return backend;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** How many states a worker remembers of tasks that others wait for. */
const mostForeign = 10_000;
/** How many a sender keeps of its own, waited for or not. */
const mostOwn = 1_000_000;
/** On the message that says which states are to be forgotten. */
const purgeType = "purge";

class AmqpBackend implements Backend {
  readonly capabilities = amqpBackendCapabilities;
  readonly #connections: AmqpConnections;
  readonly #clock: Clock;
  readonly #publisher: Publisher;
  /** Of tasks that this process waits for, or nobody does. */
  readonly #own = new KnownStates(mostOwn);
  /** Of tasks that another process waits for, and has been told of. */
  readonly #foreign = new KnownStates(mostForeign);
  readonly #watches = new Watches({
    stateOf: (id) => this.#stateOf(id),
    onFirst: (id) => this.#taskQueues?.watch(id),
    onLast: (id) => this.#taskQueues?.unwatch(id),
  });
  readonly #replies: Replies;
  /** Where states go Go's way. */
  readonly #taskQueues: TaskQueues | undefined;
  readonly #groups: Groups;
  readonly #leases: Leases;
  readonly #purges: string;
  #closing: Promise<void> | undefined;

  constructor(connections: AmqpConnections, options: AmqpBackendOptions) {
    const { exchange = "machinery_exchange", publishDeadlineMs, resultQueues, resultsExpireMs = 3_600_000 } = options;
    this.#connections = connections;
    this.#clock = connections.publishing.clock;
    this.#purges = `${exchange}.purges`;
    this.#publisher = new Publisher(connections.publishing, {
      ...(publishDeadlineMs !== undefined && { deadlineMs: publishDeadlineMs }),
    });
    this.#replies = new Replies(connections, this.#purges, (message) => this.#onReply(message));
    const isGoWay = resultQueues === "task";
    if (isGoWay) {
      this.#taskQueues = new TaskQueues(connections, resultsExpireMs, (id, json) => {
        this.#received(id, stateIn(json), json, resultsExpireMs);
      });
    }
    const groupQueue = isGoWay ? goGroupQueue(resultsExpireMs) : ownGroupQueue;
    this.#groups = new Groups(connections, this.#publisher, groupQueue, (id) => this.#stateOf(id)?.json);
    this.#leases = new Leases(connections.consuming);
  }

  async open(): Promise<void> {
    await this.#replies.open();
  }

  async write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    this.#mustBeOpen();
    const now = this.#clock.now();
    const outcomes: WriteOutcome[] = new Array(writes.length);
    /** The last state of each task that somebody elsewhere waits for: earlier ones of a batch need not be told. */
    const telling = new Map<string, StateWrite>();
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i]!;
      const isForeign = this.#isForeign(write);
      const outcome = this.#statesFor(write).write(write, !isForeign, now);
      outcomes[i] = outcome;
      if (!outcome.ok) continue;
      if (isForeign) telling.set(write.id, write);
      else this.#watches.tell(write.id, isTerminal(write.state));
    }
    if (telling.size > 0) await this.#tell([...telling.values()], now);
    return outcomes;
  }

  async read(ids: readonly string[]): Promise<(string | null)[]> {
    this.#mustBeOpen();
    const known = ids.map((id) => this.#stateOf(id)?.json ?? this.#groups.collected(id) ?? null);
    return this.#taskQueues === undefined ? known : this.#withWaiting(this.#taskQueues, ids, known);
  }

  async openGroup(group: GroupRecord): Promise<void> {
    this.#mustBeOpen();
    await this.#groups.open(group);
  }

  async readGroups(ids: readonly string[]): Promise<(string | null)[]> {
    this.#mustBeOpen();
    return Promise.all(ids.map((id) => this.#groups.record(id)));
  }

  async memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    this.#mustBeOpen();
    return this.#groups.memberDone(members);
  }

  async chordSent(groupIds: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    await this.#groups.sent(groupIds);
  }

  async lease(key: string, owner: string, ttlMs: number): Promise<boolean> {
    this.#mustBeOpen();
    return this.#leases.take(key, owner, ttlMs);
  }

  watch(listener: StateListener): Watch {
    this.#mustBeOpen();
    return this.#watches.open(this.#taskQueues === undefined ? this.#replies.queue : undefined, listener);
  }

  async purge(ids: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    if (ids.length === 0) return;
    this.#forget(ids);
    const body = Buffer.from(JSON.stringify(ids));
    const [outcome] = await this.#publisher.publish([
      { exchange: this.#purges, routingKey: "", body, options: { type: purgeType, persistent: true } },
    ]);
    if (outcome!.status !== "ok") throw outcome!.error;
    await Promise.all(ids.filter((id) => id.startsWith("group_")).map((id) => this.#groups.remove(id)));
    await this.#taskQueues?.remove(ids.filter((id) => !id.startsWith("group_")));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#watches.close();
    await Promise.all([this.#replies.close(), this.#taskQueues?.close(), this.#groups.close(), this.#leases.close()]);
    await this.#publisher.close();
    await this.#connections.release();
  }

  #stateOf(id: string): KnownState | undefined {
    const now = this.#clock.now();
    return this.#own.get(id, now) ?? this.#foreign.get(id, now);
  }

  /** Whether somebody elsewhere may wait for it. */
  #isForeign({ notify, state }: StateWrite): boolean {
    if (this.#taskQueues !== undefined) return state !== "PENDING";
    return notify !== undefined && notify !== this.#replies.queue;
  }

  /** Of whoever waits for a task that goes Go's way nothing is known here, but of one that was sent from here. */
  #statesFor(write: StateWrite): KnownStates {
    if (this.#taskQueues === undefined) return this.#isForeign(write) ? this.#foreign : this.#own;
    const now = this.#clock.now();
    if (this.#own.get(write.id, now) !== undefined) return this.#own;
    return write.state === "PENDING" && this.#foreign.get(write.id, now) === undefined ? this.#own : this.#foreign;
  }

  /** With what waits in the queues of tasks that were sent from here and have not ended, as far as is known. */
  async #withWaiting(queues: TaskQueues, ids: readonly string[], known: (string | null)[]): Promise<(string | null)[]> {
    const now = this.#clock.now();
    const places = ids.flatMap((id, i) => (known[i] && !isTerminalJson(known[i]!) && this.#own.get(id, now) ? [i] : []));
    const found = await queues.peek(places.map((i) => ids[i]!));
    for (const [n, i] of places.entries()) known[i] = found[n] ?? known[i]!;
    return known;
  }

  async #tell(writes: readonly StateWrite[], now: number): Promise<void> {
    const messages = writes.map((write) => this.#outgoing(write, this.#stateOf(write.id)!.json));
    const outcomes = await this.#publisher.publish(messages);
    let failure: Error | undefined;
    for (let i = 0; i < writes.length; i++) {
      const outcome = outcomes[i]!;
      const { id } = writes[i]!;
      const known = this.#foreign.get(id, now) ?? this.#own.get(id, now);
      if (outcome.status === "ok") {
        if (known) known.told = true;
      } else failure ??= outcome.error;
    }
    if (failure) throw failure;
  }

  /** A queue that is no more belongs to nobody who waits: RabbitMQ drops what goes there. */
  #outgoing({ id, state, ttlMs, notify }: StateWrite, json: string): Outgoing {
    if (this.#taskQueues !== undefined) return this.#taskQueues.outgoing(id, json, ttlMs);
    return {
      exchange: "",
      routingKey: notify!,
      body: Buffer.from(json),
      options: {
        messageId: id,
        type: state,
        contentType: "application/json",
        persistent: isTerminal(state),
        expiration: inRange(ttlMs),
        headers: { "x-machinery-ttl": `${ttlMs}` },
      },
    };
  }

  #onReply({ content, properties }: ConsumeMessage): void {
    const { messageId, type, headers } = properties;
    if (type === purgeType) {
      this.#forget(idsIn(content));
      return;
    }
    if (typeof messageId !== "string" || typeof type !== "string") return;
    this.#received(messageId, type, content.toString(), Number(headers?.["x-machinery-ttl"] ?? 0));
  }

  #received(id: string, state: string, json: string, ttlMs: number): void {
    const known = this.#own.receive(id, state, json, ttlMs, this.#clock.now());
    if (known) this.#watches.tell(id, isTerminal(state));
  }

  #forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#own.delete(id);
      this.#foreign.delete(id);
    }
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new MachineryError("ERR_CLOSED", "The AMQP backend was closed before.");
  }
}

/** Machinery writes it among the first. */
const stateIn = (json: string): string => /"State":"([A-Z]+)"/.exec(json)?.[1] ?? "";

function idsIn(content: Buffer): string[] {
  try {
    return (JSON.parse(content.toString()) as unknown[]).filter((id) => typeof id === "string");
  } catch {
    return [];
  }
}
