import type { Backend, StateWrite, UnsentChord, WriteOutcome } from "../backends/backend.js";
import type { Broker, BrokerCapabilities, Message, PublishOutcome } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { Clock } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { isCancelledJson } from "../wire/cancelled.js";
import { parseWithin, stringifyJson } from "../wire/json.js";
import type { MessageLimits } from "../wire/limits.js";
import type { WireSignature } from "../wire/signature.js";
import { decodeState, isReceivedJson } from "../wire/state.js";
import { isTerminalJson } from "../wire/state-text.js";
import { rfc3339 } from "../wire/time.js";
import { followFailure, followGroup, followSuccess, followUnsent, isFollowed } from "../workflow/follow-up.js";
import type { EndedMember, EndedTask, FollowMessage, FollowOptions, FollowUp } from "../workflow/steps.js";
import type { Completion } from "./completion.js";
import { DeclaredQueues } from "./declared-queues.js";
import { endedOrGone, isCorrupt, memberStates, unended } from "./member-states.js";
import type { ResultTeller } from "./result-teller.js";
import { lifetime, stateWrite } from "./state-write.js";

export interface FollowUpsParts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly limits: MessageLimits;
  readonly defaultQueue: string;
  readonly callbackArgs: "append" | "prepend";
  readonly resultTtlMs: number;
  readonly teller: ResultTeller;
  /** How long the worker that ended a group's last member has for sending the callback before another may, in milliseconds. */
  readonly leaseMs: number;
}

/** In how long a chord is looked at again of which a member runs once more, in milliseconds. */
const MEMBER_PAUSE_MS = 1_000;

/** What follows from the end of a task, where that is nothing but messages that can go out at once. */
export interface Continuation {
  readonly pending: readonly StateWrite[];
  readonly messages: readonly Message[];
}

/**
 * Sends what follows from terminal states: callbacks, a chord's callback, the end of what can no longer run. What it sends is the
 * same whenever it is asked again for the same stored state: ids are fixed, and a state that is there is not overwritten.
 */
export class FollowUps {
  readonly #parts: FollowUpsParts;
  readonly #queues: DeclaredQueues;

  constructor(parts: FollowUpsParts) {
    this.#parts = parts;
    this.#queues = new DeclaredQueues(parts.broker);
  }

  /**
   * @param sent the ids of what is out already, where this batch has been tried before; more are added
   * @throws what the broker or backend throws, and a message's error that it did not take; all of it may be tried again
   */
  async send(batch: readonly Completion[], sent: Set<string>): Promise<void> {
    const options = this.#options();
    const followUps: FollowUp[] = [];
    for (const completion of batch) {
      const { signature, followed } = completion;
      if (followed || !signature || !isFollowed(signature)) continue;
      const { stored } = completion;
      if (stored !== undefined && isTerminalJson(stored)) followUps.push(after(signature, stored, options));
    }
    if (followUps.length > 0) await this.#carryOut(followUps, options, sent);
    for (const completion of batch) completion.followed = true;
  }

  /** What would follow, if that state were stored; `undefined` where it takes more than to send it. */
  plan(signature: WireSignature, ended: StateWrite): Continuation | undefined {
    const { broker, clock } = this.#parts;
    const { send, ended: ending, members } = after(signature, ended.json, this.#options());
    if (ending.length > 0 || members.length > 0) return undefined;
    if (send.some(({ queue, notBefore }) => notBefore !== undefined || !this.#queues.has(queue))) return undefined;
    const now = rfc3339(clock.now());
    return {
      pending: send.map((message) => this.#pending(message, now)),
      messages: send.map((message) => messageOf(message, broker.capabilities)),
    };
  }

  async #carryOut(followUps: readonly FollowUp[], options: FollowOptions, sent: Set<string>): Promise<void> {
    const unsent = await this.#store(followUps, sent);
    if (unsent.length > 0) {
      const ends = unsent.map(({ message, error }) => followUnsent(message.signature, error, options));
      await this.#carryOut(ends, options, sent);
    }
    const members = followUps.flatMap((followUp) => followUp.members);
    if (members.length > 0) await this.#endMembers(members, options, sent);
  }

  async #endMembers(members: readonly EndedMember[], options: FollowOptions, sent: Set<string>): Promise<void> {
    const { backend, leaseMs, resultTtlMs: ttlMs } = this.#parts;
    const callbacks = new Map<string, string>();
    if (backend.unsent) {
      for (const { group, callback } of members) if (!callbacks.has(group)) callbacks.set(group, callbackText(callback, options));
    }
    const answers = await backend.memberDone(
      members.map(({ group, member, count }) => ({ group, member, count, leaseMs, ttlMs, callback: callbacks.get(group) })),
    );
    crashPoint?.("member-done");
    await this.#sendCallbacks(
      members.filter((_, i) => answers[i] === "won"),
      options,
      sent,
    );
  }

  /** Sends the callbacks of chords whose winner has died over it. @throws as `send` */
  async sendUnsent(chords: readonly UnsentChord[]): Promise<void> {
    const won = chords.map(({ group, callback }) => ({ group, callback: parseWithin(callback) as never, count: 1 }));
    await this.#sendCallbacks(won, this.#options(), new Set());
  }

  /** Of chords that this worker has won. */
  async #sendCallbacks(won: readonly Omit<EndedMember, "member">[], options: FollowOptions, sent: Set<string>): Promise<void> {
    if (won.length === 0) return;
    const { backend } = this.#parts;
    const states = await memberStates(backend, won);
    const followUps: FollowUp[] = [];
    const ready: string[] = [];
    const waiting: string[] = [];
    for (const [i, chord] of won.entries()) {
      const members = states[i]!;
      if (backend.unsent !== undefined && members.includes(unended)) waiting.push(chord.group);
      else {
        ready.push(chord.group);
        followUps.push(followGroup(chord, members.map(endedOrGone), options));
      }
    }
    if (waiting.length > 0) await backend.unsent!.putOff(waiting, MEMBER_PAUSE_MS);
    if (ready.length === 0) return;
    // A callback that ended without running may itself have been a member of a group.
    await this.#carryOut(followUps, options, sent);
    await backend.chordSent(ready);
    crashPoint?.("chord-sent");
  }

  /** PENDING states, the states of what ended, and the messages, in that order; resolves to what can never be sent. */
  async #store(followUps: readonly FollowUp[], sent: Set<string>): Promise<{ message: FollowMessage; error: string }[]> {
    const { broker, backend, clock } = this.#parts;
    const now = rfc3339(clock.now());
    const candidates = followUps.flatMap((followUp) => followUp.send.filter(({ id }) => !sent.has(id)));
    const writes = [
      ...candidates.map((message) => this.#pending(message, now)),
      ...followUps.flatMap((followUp) => followUp.ended.map((task) => this.#ended(task, now))),
    ];
    const stored = writes.length > 0 ? await backend.write(writes) : [];
    this.#parts.teller.stored(writes, stored);
    crashPoint?.("follow-ups-pending");
    const messages = candidates.filter((_, i) => mayBeUnsent(stored[i]!));
    if (messages.length === 0) return [];
    const unusable = await this.#queues.declare(messages);
    const outcomes = await broker.publish(
      messages.filter(({ queue }) => !unusable.has(queue)).map((message) => messageOf(message, broker.capabilities)),
    );
    crashPoint?.("follow-ups-published");
    const unsent: { message: FollowMessage; error: string }[] = [];
    let failure: Error | undefined;
    let published = 0;
    for (const message of messages) {
      const error = unusable.get(message.queue) ?? errorOf(outcomes[published++]!);
      if (error === undefined) sent.add(message.id);
      else if (isFinal(error)) unsent.push({ message, error: `not sent: ${error.message}` });
      else failure ??= error;
    }
    if (failure) throw failure;
    return unsent;
  }

  #pending({ signature, notBefore }: FollowMessage, now: string): StateWrite {
    const { clock, resultTtlMs } = this.#parts;
    return stateWrite(signature, "PENDING", null, "", now, lifetime(resultTtlMs, notBefore, clock.now()));
  }

  #ended({ id, name, error, headers }: EndedTask, now: string): StateWrite {
    return stateWrite({ UUID: id, Name: name, Headers: headers }, "FAILURE", null, error, now, this.#parts.resultTtlMs);
  }

  #options(): FollowOptions {
    const { clock, defaultQueue, callbackArgs, limits } = this.#parts;
    return { now: clock.now(), queue: defaultQueue, callbackArgs, limits };
  }
}

/** What follows from a terminal state. One that cannot be read counts as a failure: what waits for it must not wait for ever. */
function after(signature: WireSignature, stored: string, options: FollowOptions): FollowUp {
  try {
    const { State, Results, Error: error } = decodeState(stored, signature.UUID);
    return State === "SUCCESS" ? followSuccess(signature, Results ?? [], options) : followFailure(signature, error, options);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return followFailure(signature, error.message, options);
  }
}

/** For whoever sends it in the end, which may be a worker with another default queue. */
function callbackText(callback: WireSignature, { queue }: FollowOptions): string {
  return stringifyJson({ ...callback, RoutingKey: callback.RoutingKey || queue } as never);
}

/**
 * A task that has got beyond PENDING was received from its queue: another message would only have it run twice. Not so one that was
 * cancelled: whether its message is out cannot be seen, and somebody has to take it for what follows the task to end.
 */
function mayBeUnsent(pending: WriteOutcome): boolean {
  return pending.ok || pending.stored === null || !isReceivedJson(pending.stored) || isCancelledJson(pending.stored);
}

function errorOf(outcome: PublishOutcome): Error | undefined {
  return outcome.status === "ok" ? undefined : outcome.error;
}

/** Whether the broker would refuse the message however often it is sent. */
function isFinal(error: Error): boolean {
  return error instanceof MachineryError && ["ERR_QUEUE_NAME", "ERR_UNSUPPORTED", "ERR_MSG_SIZE"].includes(error.code);
}

function messageOf({ id, queue, json, notBefore, priority }: FollowMessage, capabilities: BrokerCapabilities): Message {
  return {
    id,
    queue,
    body: Buffer.from(json),
    ...(priority > 0 && capabilities.priority && { priority }),
    ...(notBefore !== undefined && { notBefore }),
  };
}
