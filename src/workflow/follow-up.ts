import type { WireArg, WireSignature } from "../wire/signature.js";
import { callbacksOf, chordId, type EndedMember, type FollowOptions, type FollowUp, failure, runsAnyway, Steps } from "./steps.js";

const nothing: FollowUp = Object.freeze({ send: [], ended: [], members: [] });

/** Whether anything may have to happen after the task. Where not, there is no need to ask, nor to parse its results. */
export function isFollowed({ OnSuccess, OnError, ChordCallback }: WireSignature): boolean {
  return !!(OnSuccess?.length || OnError?.length || ChordCallback);
}

/**
 * After SUCCESS: each OnSuccess task, with the results after its arguments unless the *ended* task is immutable
 * (`worker.taskSucceeded` of Machinery).
 */
export function followSuccess(signature: WireSignature, results: readonly WireArg[], options: FollowOptions): FollowUp {
  if (!isFollowed(signature)) return nothing;
  const steps = new Steps(options);
  const passed = signature.Immutable ? [] : results;
  for (const { callback, id } of callbacksOf(signature, signature.UUID, "OnSuccess")) {
    steps.sendTask(callback, id, passed, options.callbackArgs);
  }
  if (signature.ChordCallback && signature.GroupUUID) steps.endMember(signature, signature.UUID, signature.ChordCallback);
  return steps;
}

/**
 * After FAILURE: each OnError task, with the error's text before its arguments (`worker.taskFailed` of Machinery). What would have
 * followed the task ends with it, where Machinery leaves it pending for ever: its OnSuccess, its chord's callback unless that runs
 * in spite of failures, and all that follows these. Only the failed task's own OnError is sent.
 */
export function followFailure(signature: WireSignature, error: string, options: FollowOptions): FollowUp {
  if (!isFollowed(signature)) return nothing;
  const steps = new Steps(options);
  const text: WireArg = { Type: "string", Value: error };
  for (const { callback, id } of callbacksOf(signature, signature.UUID, "OnError")) {
    steps.sendTask(callback, id, [text], "prepend");
  }
  steps.endFollowers(signature, signature.UUID, failure(signature.Name, signature.UUID, error));
  return steps;
}

/** How a member of a group ended, in the order of the group's record; `null` where its state is gone. */
export type MemberState = {
  readonly id: string;
  readonly name: string;
  readonly results: readonly WireArg[];
  /** `undefined`: it succeeded. */
  readonly error: string | undefined;
} | null;

/**
 * After the last member of a group: the chord's callback, with all results in the group's order unless the *callback* is
 * immutable; or its end, where a member failed.
 */
export function followGroup(
  { group, callback }: Pick<EndedMember, "group" | "callback">,
  members: readonly MemberState[],
  options: FollowOptions,
): FollowUp {
  const steps = new Steps(options);
  const id = chordId(callback, group);
  const lost = members.indexOf(null);
  const broken = members.find((member) => member?.error !== undefined);
  if (lost !== -1) steps.endTask(callback, id, `the result of member ${lost} of ${group} is gone`);
  else if (broken && !runsAnyway(callback)) steps.endTask(callback, id, failure(broken.name, broken.id, broken.error!));
  else {
    const passed: WireArg[] = [];
    if (!callback.Immutable) for (const member of members) if (member?.error === undefined) passed.push(...(member?.results ?? []));
    steps.sendTask(callback, id, passed, options.callbackArgs);
  }
  return steps;
}

/** After a task that was to follow can never be sent: its end, and that of what was to follow it. */
export function followUnsent(signature: WireSignature, error: string, options: FollowOptions): FollowUp {
  const steps = new Steps(options);
  steps.endTask(signature, signature.UUID, error);
  return steps;
}
