import type { Backend, StateWrite } from "../backends/backend.js";
import type { Broker, Message, PublishOutcome } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import { Batcher } from "../util/batcher.js";
import type { Clock } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { encodeGroupMeta } from "../wire/group.js";
import { StateRecord } from "../wire/state.js";
import { rfc3339 } from "../wire/time.js";
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
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends tasks: the PENDING state first, then the message, so that no worker can end a task whose state is not there yet. Sends that
 * overlap share both round trips.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #batches: Batcher<Outgoing>;
  readonly #declared = new Set<string>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#batches = new Batcher((batch) => this.#send(batch), { maxInFlight: 4 });
  }

  /** @throws MachineryError ERR_MSG_SIZE, before anything is sent */
  add(planned: PlannedMessage, resolve: () => void, reject: (error: unknown) => void): void {
    this.#batches.add({ planned, body: this.#bodyOf(planned), resolve, reject });
  }

  /**
   * Sends a workflow: the records of its groups, then the messages that start it.
   *
   * @param concurrency how many messages are under way at once; default: all
   * @throws MachineryError the only error, or AggregateError with several: the messages that they name are not queued
   */
  async addAll(groups: readonly PlannedGroup[], messages: readonly PlannedMessage[], concurrency = messages.length): Promise<void> {
    const { backend, clock, resultTtlMs } = this.#parts;
    const bodies = messages.map((planned) => this.#bodyOf(planned));
    for (const { uuid, members } of groups) {
      await backend.openGroup({
        id: uuid,
        members,
        json: encodeGroupMeta(uuid, members, rfc3339(clock.now())),
        ttlMs: resultTtlMs,
      });
      crashPoint?.("group-opened");
    }
    const errors: unknown[] = [];
    for (let i = 0; i < messages.length; i += concurrency) {
      const sent = messages
        .slice(i, i + concurrency)
        .map(
          (planned, j) =>
            new Promise<void>((resolve, reject) => this.#batches.add({ planned, body: bodies[i + j]!, resolve, reject })),
        );
      for (const outcome of await Promise.allSettled(sent)) if (outcome.status === "rejected") errors.push(outcome.reason);
      if (errors.length > 0) break;
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1)
      throw new AggregateError(errors, `${errors.length} of ${messages.length} tasks were not sent: ${errors[0]}`);
  }

  /** Resolves when all that was added has been sent or refused. */
  drained(): Promise<void> {
    return this.#batches.idle();
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
    const { broker, backend, clock, resultTtlMs } = this.#parts;
    const now = rfc3339(clock.now());
    const states: StateWrite[] = new Array(batch.length);
    const messages: Message[] = new Array(batch.length);
    for (let i = 0; i < batch.length; i++) {
      const { planned, body } = batch[i]!;
      const { uuid: id, task, queue, notBefore, priority } = planned;
      const ttlMs = lifetime(task.policy.resultTtlMs ?? resultTtlMs, notBefore, clock.now());
      states[i] = new StateRecord(id, task.name, "PENDING", null, "", now, ttlMs, undefined);
      messages[i] = {
        id,
        queue,
        body,
        ...(priority > 0 && broker.capabilities.priority && { priority }),
        ...(notBefore !== undefined && { notBefore }),
      };
    }
    let outcomes: PublishOutcome[];
    try {
      await this.#declare(messages);
      await backend.write(states);
      crashPoint?.("pending");
      outcomes = await broker.publish(messages);
      crashPoint?.("published");
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    const refused: string[] = [];
    for (let i = 0; i < batch.length; i++) {
      const outcome = outcomes[i]!;
      if (outcome.status === "ok") batch[i]!.resolve();
      else {
        if (outcome.status === "error") refused.push(messages[i]!.id);
        batch[i]!.reject(outcome.error);
      }
    }
    // What no worker will ever see must not stay PENDING; where this fails too, it expires.
    if (refused.length > 0) await backend.purge(refused).catch(() => {});
  }

  /** Each queue is declared once, before the first message to it. */
  async #declare(messages: readonly Message[]): Promise<void> {
    const unknown = new Set<string>();
    for (const { queue } of messages) if (!this.#declared.has(queue)) unknown.add(queue);
    if (unknown.size === 0) return;
    await this.#parts.broker.declare([...unknown]);
    for (const queue of unknown) this.#declared.add(queue);
  }
}

/** A state outlives the time that its task is delayed by. */
function lifetime(ttlMs: number, notBefore: number | undefined, now: number): number {
  return notBefore === undefined ? ttlMs : ttlMs + Math.max(notBefore - now, 0);
}
