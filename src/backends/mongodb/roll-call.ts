import { isTerminal } from "../../wire/state-text.js";
import type { Database } from "./database.js";
import { Ends } from "./ends.js";

/** How far a group is known to have come. */
interface Progress {
  /** In the order of the group's record. */
  readonly members: readonly string[];
  /** Of that many, the first ones, it is not known that they have ended. */
  left: number;
}

const longestStep = 1_000;
/** Of how many groups it remembers the progress. */
const rememberedGroups = 1_000;

/**
 * Looks whether all members of a group have ended by their states, as Go's workers do, who leave no other mark. From the last member,
 * which mostly ends last, it goes on to those before in growing steps, and remembers where it met one that had not ended: a group of n
 * costs about n reads, however often it is looked at.
 */
export class RollCall {
  readonly #database: Database;
  readonly #ends: Ends;
  readonly #progress = new Map<string, Progress>();

  constructor(database: Database) {
    this.#database = database;
    this.#ends = new Ends(database);
  }

  /** Those of the groups that are complete. One whose record is gone never is. */
  async complete(groups: readonly string[]): Promise<string[]> {
    await this.#begin(groups.filter((group) => !this.#progress.has(group)));
    const complete = await Promise.all(groups.map((group) => this.#isComplete(group)));
    return groups.filter((_, i) => complete[i]);
  }

  forget(group: string): void {
    this.#progress.delete(group);
  }

  /** A record is read once: it names the same members for good. */
  async #begin(groups: readonly string[]): Promise<void> {
    if (groups.length === 0) return;
    const records = await this.#database.find(this.#database.groups, groups, { projection: { task_uuids: 1 } });
    for (const { _id, task_uuids: members } of records.values()) {
      if (members !== undefined) this.#progress.set(_id, { members, left: members.length });
    }
  }

  async #isComplete(group: string): Promise<boolean> {
    const progress = this.#progress.get(group);
    if (progress === undefined) return false;
    for (let step = 1; progress.left > 0; step = Math.min(step * 2, longestStep)) {
      const from = Math.max(progress.left - step, 0);
      const members = progress.members.slice(from, progress.left);
      const ended = await this.#ended(members);
      const open = members.findLastIndex((member) => !ended.has(member));
      // Another call may have got further meanwhile.
      progress.left = Math.min(progress.left, from + open + 1);
      if (open !== -1) break;
    }
    for (const oldest of this.#progress.keys()) {
      if (this.#progress.size <= rememberedGroups) break;
      this.#progress.delete(oldest);
    }
    return progress.left === 0;
  }

  async #ended(members: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.#database.find(this.#database.tasks, members, { projection: { state: 1 } });
    await this.#ends.addTo(found, members);
    return new Set(members.filter((member) => isTerminal(found.get(member)?.state ?? "")));
  }
}
