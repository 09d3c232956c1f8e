import type { Backend, StateWrite, WriteOutcome } from "../backends/backend.js";
import type { Broker, BrokerCapabilities, Message } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { Clock } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { decodeGroupMeta } from "../wire/group.js";
import { readReplyTopic } from "../wire/headers.js";
import type { MessageLimits } from "../wire/limits.js";
import { decodeState, StateRecord, type WireTaskState } from "../wire/state.js";
import { rfc3339 } from "../wire/time.js";
import { followFailure, followGroup, followSuccess, isFollowed, type MemberState } from "../workflow/follow-up.js";
import type { EndedMember, EndedTask, FollowMessage, FollowOptions, FollowUp } from "../workflow/steps.js";
import type { Completion } from "./committer.js";

export interface FollowUpsParts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly limits: MessageLimits;
  readonly defaultQueue: string;
  readonly callbackArgs: "append" | "prepend";
  readonly resultTtlMs: number;
}

/** How long the worker that ended a group's last member has for sending the callback before another may, in milliseconds. */
const GATE_LEASE_MS = 30_000;

/**
 * Sends what follows from terminal states: callbacks, a chord's callback, the end of what can no longer run. What it sends is the
 * same whenever it is asked again for the same stored state: ids are fixed, and a state that is there is not overwritten.
 */
export class FollowUps {
  readonly #parts: FollowUpsParts;

  constructor(parts: FollowUpsParts) {
    this.#parts = parts;
  }

  /**
   * @param outcomes of the completions' writes, in their order
   * @throws what the broker or backend throws, and a message's error that it did not take; all of it may be tried again
   */
  async send(batch: readonly Completion[], outcomes: readonly WriteOutcome[]): Promise<void> {
    const options = this.#options();
    const followUps: FollowUp[] = [];
    let written = 0;
    for (const { signature, write, stored } of batch) {
      const outcome = write && outcomes[written++];
      if (!signature || !isFollowed(signature)) continue;
      const json = stored ?? (outcome?.ok ? write?.json : outcome?.stored);
      const state = json ? decodeState(json, signature.UUID) : undefined;
      if (state?.State === "SUCCESS") followUps.push(followSuccess(signature, state.Results ?? [], options));
      else if (state?.State === "FAILURE") followUps.push(followFailure(signature, state.Error, options));
    }
    if (followUps.length === 0) return;
    await this.#store(followUps);
    const members = followUps.flatMap((followUp) => followUp.members);
    if (members.length > 0) await this.#endMembers(members, options);
  }

  async #endMembers(members: readonly EndedMember[], options: FollowOptions): Promise<void> {
    const { backend, resultTtlMs } = this.#parts;
    const answers = await backend.memberDone(
      members.map(({ group, member, count }) => ({ group, member, count, leaseMs: GATE_LEASE_MS, ttlMs: resultTtlMs })),
    );
    crashPoint?.("member-done");
    const won = members.filter((_, i) => answers[i] === "won");
    if (won.length === 0) return;
    const states = await this.#statesOf(won);
    const followUps = won.map((member, i) => followGroup(member, states[i]!, options));
    await this.#store(followUps);
    await backend.chordSent(won.map(({ group }) => group));
    crashPoint?.("chord-sent");
    // A callback that ended without running may itself have been a member of a group.
    const further = followUps.flatMap((followUp) => followUp.members);
    if (further.length > 0) await this.#endMembers(further, options);
  }

  /** How the members of these groups ended, in the order of each group's record. */
  async #statesOf(groups: readonly EndedMember[]): Promise<MemberState[][]> {
    const { backend } = this.#parts;
    const records = await backend.readGroups(groups.map(({ group }) => group));
    const ids = groups.map(({ group, count }, i) => {
      const json = records[i];
      return json ? decodeGroupMeta(json, group).TaskUUIDs : new Array<string>(count).fill("");
    });
    const found = await backend.read(ids.flat());
    let next = 0;
    return ids.map((members) =>
      members.map((id) => {
        const json = found[next++];
        return json ? memberState(decodeState(json, id)) : null;
      }),
    );
  }

  /** PENDING states, the states of what ended, and the messages, in that order. */
  async #store(followUps: readonly FollowUp[]): Promise<void> {
    const { broker, backend, clock } = this.#parts;
    const now = rfc3339(clock.now());
    const sent = followUps.flatMap((followUp) => followUp.send);
    const writes = [
      ...sent.map((message) => this.#pending(message, now)),
      ...followUps.flatMap((followUp) => followUp.ended.map((task) => this.#ended(task, now))),
    ];
    if (writes.length > 0) await backend.write(writes);
    crashPoint?.("follow-ups-pending");
    if (sent.length === 0) return;
    await broker.declare([...new Set(sent.map(({ queue }) => queue))]);
    const outcomes = await broker.publish(sent.map((message) => messageOf(message, broker.capabilities)));
    crashPoint?.("follow-ups-published");
    const never: StateWrite[] = [];
    for (let i = 0; i < sent.length; i++) {
      const outcome = outcomes[i]!;
      if (outcome.status === "ok") continue;
      if (!isFinal(outcome.error)) throw outcome.error;
      const { id, signature } = sent[i]!;
      const error = `not sent: ${outcome.error.message}`;
      never.push(this.#ended({ id, name: signature.Name, error, headers: signature.Headers }, now));
    }
    if (never.length > 0) await backend.write(never);
  }

  #pending({ id, signature, notBefore }: FollowMessage, now: string): StateWrite {
    const { clock, resultTtlMs } = this.#parts;
    const ttlMs = resultTtlMs + (notBefore === undefined ? 0 : Math.max(notBefore - clock.now(), 0));
    return new StateRecord(id, signature.Name, "PENDING", null, "", now, ttlMs, readReplyTopic(signature.Headers));
  }

  #ended({ id, name, error, headers }: EndedTask, now: string): StateWrite {
    return new StateRecord(id, name, "FAILURE", null, error, now, this.#parts.resultTtlMs, readReplyTopic(headers));
  }

  #options(): FollowOptions {
    const { clock, defaultQueue, callbackArgs, limits } = this.#parts;
    return { now: clock.now(), queue: defaultQueue, callbackArgs, limits };
  }
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

function memberState(state: WireTaskState): MemberState {
  const error = state.State === "FAILURE" ? state.Error : undefined;
  return { id: state.TaskUUID, name: state.TaskName, results: state.Results ?? [], error };
}
