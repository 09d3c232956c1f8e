import type { ConsumeMessage } from "amqplib";
import { type AmqpAddress, AmqpConnections } from "../amqp/connections.js";
import { type Outgoing, Publisher } from "../amqp/publisher.js";
import { MachineryError } from "../errors.js";
import { type Clock, systemClock } from "../util/clock.js";
import { isTerminal } from "../wire/state-text.js";
import { Groups } from "./amqp/groups.js";
import { KnownStates } from "./amqp/known-states.js";
import { Leases } from "./amqp/leases.js";
import { Replies } from "./amqp/replies.js";
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
const longestMs = 4_000_000_000;

class AmqpBackend implements Backend {
  readonly capabilities = amqpBackendCapabilities;
  readonly #connections: AmqpConnections;
  readonly #clock: Clock;
  readonly #publisher: Publisher;
  /** Of tasks that this process waits for, or nobody does. */
  readonly #own = new KnownStates(mostOwn);
  /** Of tasks that another process waits for, and has been told of. */
  readonly #foreign = new KnownStates(mostForeign);
  readonly #watches = new Watches((id) => this.#stateOf(id));
  readonly #replies: Replies;
  readonly #groups: Groups;
  readonly #leases: Leases;
  readonly #purges: string;
  #closing: Promise<void> | undefined;

  constructor(connections: AmqpConnections, { exchange = "machinery_exchange", publishDeadlineMs }: AmqpBackendOptions) {
    this.#connections = connections;
    this.#clock = connections.publishing.clock;
    this.#purges = `${exchange}.purges`;
    this.#publisher = new Publisher(connections.publishing, {
      ...(publishDeadlineMs !== undefined && { deadlineMs: publishDeadlineMs }),
    });
    this.#replies = new Replies(connections, this.#purges, (message) => this.#onReply(message));
    this.#groups = new Groups(connections, this.#publisher, (id) => this.#stateOf(id)?.json);
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
      const isForeign = write.notify !== undefined && write.notify !== this.#replies.queue;
      const outcome = (isForeign ? this.#foreign : this.#own).write(write, !isForeign, now);
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
    return ids.map((id) => this.#stateOf(id)?.json ?? this.#groups.collected(id) ?? null);
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
    return this.#watches.open(this.#replies.queue, listener);
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
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#watches.close();
    await Promise.all([this.#replies.close(), this.#groups.close(), this.#leases.close()]);
    await this.#publisher.close();
    await this.#connections.release();
  }

  #stateOf(id: string): { readonly json: string; readonly state: string } | undefined {
    const now = this.#clock.now();
    return this.#own.get(id, now) ?? this.#foreign.get(id, now);
  }

  /** A queue that is no more belongs to nobody who waits: RabbitMQ drops what goes there. */
  async #tell(writes: readonly StateWrite[], now: number): Promise<void> {
    const messages = writes.map(({ id, state, ttlMs, notify }): Outgoing => {
      const known = this.#foreign.get(id, now)!;
      return {
        exchange: "",
        routingKey: notify!,
        body: Buffer.from(known.json),
        options: {
          messageId: id,
          type: state,
          contentType: "application/json",
          persistent: isTerminal(state),
          expiration: Math.min(Math.ceil(ttlMs), longestMs),
          headers: { "x-machinery-ttl": `${ttlMs}` },
        },
      };
    });
    const outcomes = await this.#publisher.publish(messages);
    let failure: Error | undefined;
    for (let i = 0; i < writes.length; i++) {
      const outcome = outcomes[i]!;
      const known = this.#foreign.get(writes[i]!.id, now);
      if (outcome.status === "ok") {
        if (known) known.told = true;
      } else failure ??= outcome.error;
    }
    if (failure) throw failure;
  }

  #onReply({ content, properties }: ConsumeMessage): void {
    const { messageId, type, headers } = properties;
    if (type === purgeType) {
      this.#forget(idsIn(content));
      return;
    }
    if (typeof messageId !== "string" || typeof type !== "string") return;
    const ttlMs = Number(headers?.["x-machinery-ttl"] ?? 0);
    const known = this.#own.receive(messageId, type, content.toString(), ttlMs, this.#clock.now());
    if (known) this.#watches.tell(messageId, isTerminal(type));
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

function idsIn(content: Buffer): string[] {
  try {
    return (JSON.parse(content.toString()) as unknown[]).filter((id) => typeof id === "string");
  } catch {
    return [];
  }
}
