import type { Backend } from "../backends/backend.js";
import { MachineryError } from "../errors.js";
import { decodeGroupMeta } from "../wire/group.js";
import { decodeState } from "../wire/state.js";
import { isTerminal } from "../wire/state-text.js";
import type { MemberState } from "../workflow/follow-up.js";
import type { EndedMember } from "../workflow/steps.js";

/** The state of a member that has ended before and runs once more: a Go worker that is given its message writes over its end. */
export const unended = "unended";
type Unended = typeof unended;

/** How the members of these groups ended, in the order of each group's record. */
export async function memberStates(
  backend: Backend,
  groups: readonly Pick<EndedMember, "group" | "count">[],
): Promise<(MemberState | Unended)[][]> {
  const records = await backend.readGroups(groups.map(({ group }) => group));
  const ids = groups.map(({ group }, i) => membersIn(records[i] ?? null, group));
  const found = await backend.read(ids.flatMap((members) => members ?? []));
  let next = 0;
  return ids.map((members, i) =>
    members === undefined
      ? new Array<null>(groups[i]!.count).fill(null)
      : members.map((id) => memberState(found[next++] ?? null, id)),
  );
}

export const endedOrGone = (member: MemberState | Unended): MemberState => (member === unended ? null : member);

/** The members that a group's record names; `undefined` where there is no record, or none that can be read. */
function membersIn(json: string | null, group: string): readonly string[] | undefined {
  if (json === null) return undefined;
  try {
    return decodeGroupMeta(json, group).TaskUUIDs;
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return undefined;
  }
}

/** How a member ended; `null` where the backend does not know (any more). */
function memberState(json: string | null, id: string): MemberState | Unended {
  if (json === null) return null;
  try {
    const { TaskUUID, TaskName, State, Results, Error: error } = decodeState(json, id);
    if (!isTerminal(State)) return unended;
    return { id: TaskUUID, name: TaskName, results: Results ?? [], error: State === "FAILURE" ? error : undefined };
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return null;
  }
}

/** Whether it tells of something stored that cannot be read. */
export function isCorrupt(error: unknown): error is MachineryError {
  return error instanceof MachineryError && error.code === "ERR_STATE_CORRUPT";
}
