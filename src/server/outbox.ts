import type { Announce, Backend, WriteOutcome } from "../backends/backend.js";
import type { Broker, Message, PublishOutcome } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import { Batcher } from "../util/batcher.js";
import type { Clock } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { encodeGroupMeta } from "../wire/group.js";
import { StateRecord } from "../wire/state.js";
import { rfc3339 } from "../wire/time.js";
import { DeclaredQueues } from "../worker/declared-queues.js";
import { lifetime } from "../worker/state-write.js";
import type { PlannedGroup, PlannedMessage } from "../workflow/plan.js";

export interface OutboxParts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly resultTtlMs: number;
  readonly maxMessageBytes: number;
}

/** A message on its way out, and who waits to hear that it is queued. */
interface Outgoing {
  readonly planned: PlannedMessage;
  readonly body: Uint8Array;
  /** Whether the PENDING state is ours, and not there from an earlier sending. */
  announced: boolean;
  /** What the sender gets when it is queued. */
  readonly value: unknown;
  readonly resolve: (value: any) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends tasks: the PENDING state first, then the message, so that no worker can end a task whose state is not there yet; both at once where
 * they are kept in one place. Sends that overlap share the round trips.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #batches: Batcher<Outgoing>;
  readonly #queues: DeclaredQueues;
  /** Absent where states and messages are kept in different places. */
  readonly #atOnce: Announce | undefined;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#atOnce = parts.backend.announceWith?.(parts.broker);
    this.#queues = new DeclaredQueues(parts.broker);
    this.#batches = new Batcher((batch) => this.#send(batch), { maxInFlight: 4 });
  }

  /**
   * @param value what to resolve with when the message is queued
   * @throws MachineryError ERR_MSG_SIZE, before anything is sent
   */
  add<T>(planned: PlannedMessage, value: T, resolve: (value: T) => void, reject: (error: unknown) => void): void {
    this.#batches.add({ planned, body: this.#bodyOf(planned), announced: false, value, resolve, reject });
  }

  /**
   * Sends a workflow: the records of its groups, then the messages that start it, and stops at the first that fail.
   *
   * @param concurrency how many messages are under way at once
   * @throws the one message's error; AggregateError where there are several messages, with the error of each that failed
   */
  async addAll(groups: readonly PlannedGroup[], messages: readonly PlannedMessage[], concurrency: number): Promise<void> {
    const bodies = messages.map((planned) => this.#bodyOf(planned));
    const latest = messages.reduce((max, { notBefore = 0 }) => Math.max(max, notBefore), 0);
    await Promise.all(groups.map((group) => this.#openGroup(group, latest)));
    crashPoint?.("group-opened");
    const errors: unknown[] = [];
    let sent = 0;
    for (let i = 0; i < messages.length && errors.length === 0; i += concurrency) {
      const sending = messages
        .slice(i, i + concurrency)
        .map(
          (planned, j) =>
            new Promise<void>((resolve, reject) =>
              this.#batches.add({ planned, body: bodies[i + j]!, announced: false, value: undefined, resolve, reject }),
            ),
        );
      for (const outcome of await Promise.allSettled(sending)) {
        if (outcome.status === "fulfilled") sent++;
        else errors.push(outcome.reason);
      }
    }
    if (errors.length === 0) return;
    if (messages.length === 1) throw errors[0];
    throw new AggregateError(errors, `${messages.length - sent} of ${messages.length} tasks were not sent: ${errors[0]}`);
  }

  /** Resolves when all that was added has been sent or refused. */
  drained(): Promise<void> {
    return this.#batches.idle();
  }

  /** @param latest when the last of the members starts: the record is kept that much longer */
  #openGroup({ uuid: id, members }: PlannedGroup, latest: number): Promise<void> {
    const { backend, clock, resultTtlMs } = this.#parts;
    const now = clock.now();
    const ttlMs = lifetime(resultTtlMs, latest, now);
    return backend.openGroup({ id, members, json: encodeGroupMeta(id, members, rfc3339(now)), ttlMs });
  }

  #bodyOf({ json, task }: PlannedMessage): Uint8Array {
    const body = Buffer.from(json);
    const { maxMessageBytes } = this.#parts;
    if (body.byteLength <= maxMessageBytes) return body;
    throw new MachineryError("ERR_MSG_SIZE", `the message has ${body.byteLength} bytes; the limit is ${maxMessageBytes}.`, {
      at: task.name,
      hint: "Send a reference to large data instead, or raise maxMessageBytes on both sides.",
    });
  }

  async #send(batch: Outgoing[]): Promise<void> {
    let left = batch;
    try {
      left = await this.#declare(left);
      left = (await this.#sendAtOnce(left)) ?? (await this.#announce(left));
      if (left.length > 0) await this.#publish(left);
    } catch (error) {
      for (const { reject } of left) reject(error);
    }
  }

  /** Rejects what goes to a queue that cannot be used; the rest of the batch. */
  async #declare(batch: Outgoing[]): Promise<Outgoing[]> {
    const unusable = await this.#queues.declare(batch.map(({ planned }) => planned));
    return unusable.size === 0 ? batch : rejectSome(batch, ({ planned }) => unusable.get(planned.queue));
  }

  /** PENDING for each and its message, in one step; those that are still to be published. `undefined` where that cannot be. */
  async #sendAtOnce(batch: Outgoing[]): Promise<Outgoing[] | undefined> {
    const outcome = await this.#atOnce?.(this.#pendingOf(batch), this.#messagesOf(batch));
    if (outcome === undefined) return undefined;
    const left = noted(batch, outcome.written);
    if (outcome.published === undefined) return left;
    crashPoint?.("published");
    await this.#settle(batch, outcome.published);
    return [];
  }

  /** PENDING for each; rejects what the backend will never store, since nobody could ever learn how it ended. */
  async #announce(batch: Outgoing[]): Promise<Outgoing[]> {
    const outcomes = await this.#parts.backend.write(this.#pendingOf(batch));
    crashPoint?.("pending");
    return noted(batch, outcomes);
  }

  async #publish(batch: Outgoing[]): Promise<void> {
    const outcomes = await this.#parts.broker.publish(this.#messagesOf(batch));
    crashPoint?.("published");
    await this.#settle(batch, outcomes);
  }

  async #settle(batch: readonly Outgoing[], outcomes: readonly PublishOutcome[]): Promise<void> {
    const refused: string[] = [];
    for (let i = 0; i < batch.length; i++) {
      const outcome = outcomes[i]!;
      const { planned, announced, value, resolve, reject } = batch[i]!;
      if (outcome.status === "ok") resolve(value);
      else {
        if (outcome.status === "error" && announced) refused.push(planned.uuid);
        reject(outcome.error);
      }
    }
    // What no worker will ever see must not stay PENDING; where this fails too, it expires.
    if (refused.length > 0) await this.#parts.backend.purge(refused).catch(() => {});
  }

  #pendingOf(batch: readonly Outgoing[]): StateRecord[] {
    const { clock, resultTtlMs } = this.#parts;
    const now = clock.now();
    const createdAt = rfc3339(now);
    const states: StateRecord[] = new Array(batch.length);
    for (let i = 0; i < batch.length; i++) {
      const { uuid, task, notBefore } = batch[i]!.planned;
      const ttlMs = lifetime(task.policy.resultTtlMs ?? resultTtlMs, notBefore, now);
      states[i] = new StateRecord(uuid, task.name, "PENDING", null, "", createdAt, ttlMs, undefined);
    }
    return states;
  }

  #messagesOf(batch: readonly Outgoing[]): Message[] {
    const messages: Message[] = new Array(batch.length);
    for (let i = 0; i < batch.length; i++) messages[i] = this.#messageOf(batch[i]!);
    return messages;
  }

  #messageOf({ planned: { uuid: id, queue, priority, notBefore }, body }: Outgoing): Message {
    const message: Mutable<Message> = { id, queue, body };
    if (priority > 0 && this.#parts.broker.capabilities.priority) message.priority = priority;
    if (notBefore !== undefined) message.notBefore = notBefore;
    return message;
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Notes whose PENDING state is ours; rejects what can never be stored, and returns the others. */
function noted(batch: Outgoing[], outcomes: readonly WriteOutcome[]): Outgoing[] {
  let unstorable = false;
  for (let i = 0; i < batch.length; i++) {
    const outcome = outcomes[i]!;
    batch[i]!.announced = outcome.ok;
    if (!outcome.ok && outcome.stored === null) unstorable = true;
  }
  return unstorable ? rejectSome(batch, (_, i) => reasonOf(outcomes[i]!)) : batch;
}

/** Rejects those for which there is an error; the others. */
function rejectSome(batch: Outgoing[], errorOf: (outgoing: Outgoing, index: number) => Error | undefined): Outgoing[] {
  return batch.filter((outgoing, i) => {
    const error = errorOf(outgoing, i);
    if (error) outgoing.reject(error);
    return error === undefined;
  });
}

function reasonOf(outcome: WriteOutcome): Error | undefined {
  return outcome.ok || outcome.stored !== null ? undefined : outcome.error;
}
