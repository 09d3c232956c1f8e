import { parseJson } from "../../src/wire/json.js";
import { defaultLimits } from "../../src/wire/limits.js";
import type { WireArg, WireSignature } from "../../src/wire/signature.js";
import { followFailure, followGroup, followSuccess, type MemberState } from "../../src/workflow/follow-up.js";
import type { Plan } from "../../src/workflow/plan.js";
import type { EndedMember, FollowOptions, FollowUp } from "../../src/workflow/steps.js";

export const options: FollowOptions = { now: Date.UTC(2026, 0, 1), queue: "vec", callbackArgs: "append", limits: defaultLimits };

export const wire = (json: string): WireSignature => parseJson(json) as unknown as WireSignature;

/** A task's outcome: its results, or its error's text. */
export type Outcome = readonly WireArg[] | string;

/** What a run left behind. */
export interface Run {
  /** How each task ended, by id. */
  readonly states: Map<string, Outcome>;
  /** The tasks that ran, in order. */
  readonly ran: WireSignature[];
}

/**
 * Runs a planned workflow in memory, as workers with a queue, a store of states and a gate for each group would: messages in
 * order, the first terminal state of a task wins, and one that has ended is not run again.
 */
export function run(plan: Plan, handler: (signature: WireSignature) => Outcome): Run {
  const states = new Map<string, Outcome>();
  const names = new Map<string, string>();
  const ran: WireSignature[] = [];
  const groups = new Map(plan.groups.map(({ uuid, members }) => [uuid, { members, done: new Set<string>(), sent: false }]));
  const queue = plan.messages.map(({ json }) => wire(json));

  const apply = ({ send, ended, members }: FollowUp): void => {
    for (const { json } of send) queue.push(wire(json));
    for (const { id, name, error } of ended) {
      names.set(id, name);
      if (!states.has(id)) states.set(id, error);
    }
    members.forEach(memberEnded);
  };
  const memberEnded = (member: EndedMember): void => {
    const group = groups.get(member.group);
    if (!group) throw new Error(`nobody has opened ${member.group}`);
    if (!group.members.includes(member.member)) throw new Error(`${member.member} is no member of ${member.group}`);
    if (group.members.length !== member.count) throw new Error(`${member.group} has another size than ${member.count}`);
    group.done.add(member.member);
    if (group.sent || group.done.size < member.count) return;
    group.sent = true;
    const ends = group.members.map((id): MemberState => {
      const state = states.get(id)!;
      const error = typeof state === "string" ? state : undefined;
      return { id, name: names.get(id)!, results: typeof state === "string" ? [] : state, error };
    });
    apply(followGroup(member, ends, options));
  };

  for (let signature = queue.shift(); signature; signature = queue.shift()) {
    if (states.has(signature.UUID)) continue;
    const outcome = handler(signature);
    ran.push(signature);
    states.set(signature.UUID, outcome);
    names.set(signature.UUID, signature.Name);
    apply(typeof outcome === "string" ? followFailure(signature, outcome, options) : followSuccess(signature, outcome, options));
  }
  return { states, ran };
}
