import { isTerminalJson } from "../../wire/state-text.js";

/** Reads the JSON of states, or of groups' records; `null` where there is none. */
export type ReadAll = (ids: readonly string[]) => Promise<(string | null)[]>;

/** How far a group is known to have come. */
interface Progress {
  /** In the order of the group's record. */
  readonly members: readonly string[];
  /** Of that many, the first ones, it is not known that they have ended. */
  left: number;
}

/** A group that is looked at: from where on down, and how many members at once. */
interface Asked {
  readonly group: string;
  readonly progress: Progress;
  left: number;
  step: number;
}

const longestStep = 1_000;
/** Of how many groups it remembers the progress. */
const groupsRemembered = 1_000;

/**
 * Looks whether all members of a group have ended by reading their states, as Go's workers do, who leave no other mark. It remembers
 * one member that had not ended, and reads that one first; only when it has ended it goes on to the ones before, in growing steps.
 * It begins with the last member, which mostly ends last. That way a group of n costs about n reads, however often it is looked at.
 */
export class RollCall {
  readonly #readGroups: ReadAll;
  readonly #readStates: ReadAll;
  readonly #progress = new Map<string, Progress>();

  constructor(readGroups: ReadAll, readStates: ReadAll) {
    this.#readGroups = readGroups;
    this.#readStates = readStates;
  }

  /** Those of the groups that are complete. One whose record is gone never is. */
  async complete(groups: ReadonlySet<string>): Promise<Set<string>> {
    const complete = new Set<string>();
    let asked: Asked[] = [];
    for (const [group, progress] of await this.#progressOf([...groups])) {
      asked.push({ group, progress, left: progress.left, step: 1 });
    }
    while (asked.length > 0) {
      const members = asked.map(({ progress, left, step }) => progress.members.slice(Math.max(left - step, 0), left).reverse());
      const states = await this.#readStates(members.flat());
      let at = 0;
      asked = asked.filter((one, i) => {
        const count = members[i]!.length;
        const ended = endedOf(states, at, count);
        at += count;
        one.left -= ended;
        one.step = Math.min(one.step * 2, longestStep);
        // Another call may have got further meanwhile.
        one.progress.left = Math.min(one.progress.left, one.left);
        if (one.left === 0) complete.add(one.group);
        return ended === count && one.left > 0;
      });
    }
    return complete;
  }

  forget(group: string): void {
    this.#progress.delete(group);
  }

  async #progressOf(groups: readonly string[]): Promise<[string, Progress][]> {
    const unknown = groups.filter((group) => !this.#progress.has(group));
    const records = unknown.length > 0 ? await this.#readGroups(unknown) : [];
    for (const [i, group] of unknown.entries()) {
      const members = membersIn(records[i] ?? null);
      if (members !== undefined) this.#progress.set(group, { members, left: members.length });
    }
    const found = groups.flatMap((group): [string, Progress][] => {
      const progress = this.#progress.get(group);
      return progress === undefined ? [] : [[group, progress]];
    });
    for (const oldest of this.#progress.keys()) {
      if (this.#progress.size <= groupsRemembered) break;
      this.#progress.delete(oldest);
    }
    return found;
  }
}

/** How many states are terminal, up to the first that is not. */
function endedOf(states: readonly (string | null)[], from: number, count: number): number {
  for (let i = 0; i < count; i++) {
    const json = states[from + i];
    if (json === null || json === undefined || !isTerminalJson(json)) return i;
  }
  return count;
}

function membersIn(record: string | null): readonly string[] | undefined {
  try {
    const { TaskUUIDs } = JSON.parse(record ?? "{}");
    return Array.isArray(TaskUUIDs) && TaskUUIDs.every((id) => typeof id === "string") ? TaskUUIDs : undefined;
  } catch {
    return undefined;
  }
}
