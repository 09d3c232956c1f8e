import type { AnyBulkWriteOperation } from "mongodb";
import { Batcher } from "../../util/batcher.js";
import type { GateAnswer, GroupMember, GroupRecord } from "../backend.js";
import type { Database } from "./database.js";
import { type GroupDocument, groupFields, groupJson, isOver, type MemberDocument } from "./documents.js";
import { isDuplicate } from "./failure.js";
import { Gates } from "./gates.js";
import type { Leases } from "./leases.js";
import { RollCall } from "./roll-call.js";

interface Opening {
  readonly group: GroupRecord;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Groups. A member that has ended has a document of its own: whatever a group's size, each costs the same. One that a Go worker has
 * ended has none, only its state. `chord_triggered` in the group's record is for Go, and from Go.
 */
export class Groups {
  readonly #database: Database;
  readonly #gates: Gates;
  readonly #rollCall: RollCall;
  readonly #openings = new Batcher<Opening>((batch) => this.#openAll(batch), { maxInFlight: 4 });

  constructor(database: Database, leases: Leases) {
    this.#database = database;
    this.#gates = new Gates(database, leases);
    this.#rollCall = new RollCall(database);
  }

  open(group: GroupRecord): Promise<void> {
    return new Promise((resolve, reject) => this.#openings.add({ group, resolve, reject }));
  }

  async read(ids: readonly string[]): Promise<(string | null)[]> {
    if (ids.length === 0) return [];
    const found = await this.#database.find(this.#database.groups, ids);
    return ids.map((id) => {
      const group = found.get(id);
      return group === undefined || isOver(group, this.#after(0)) ? null : groupJson(group);
    });
  }

  async memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    if (members.length === 0) return [];
    const places = new Map<string, number[]>();
    for (const [i, { group }] of members.entries()) if (places.get(group)?.push(i) === undefined) places.set(group, [i]);
    const fresh = await this.#add(members);
    const ended = await this.#ended([...places.keys()]);
    const isComplete = (group: string) => (ended.get(group) ?? 0) >= members[places.get(group)![0]!]!.count;
    const complete = new Set(await this.#rollCall.complete([...places.keys()].filter((group) => !isComplete(group))));
    const answers: GateAnswer[] = members.map(() => "open");
    const passing: GroupMember[][] = [];
    for (const [group, own] of places) {
      if (!isComplete(group) && !complete.has(group)) continue;
      // Of several that end in one batch, those before the last new one have left the group open.
      const isFirst = (i: number) => own.find((j) => members[j]!.member === members[i]!.member) === i;
      const last = own.findLast((i) => fresh.has(memberId(members[i]!)) && isFirst(i));
      // Where none is new, all have come before, and any of them may have won.
      passing.push((last === undefined ? own : [last]).map((i) => members[i]!));
      for (const i of own) if (i >= (last ?? 0)) answers[i] = "sent";
    }
    if (passing.length === 0) return answers;
    for (const { group, member } of await this.#pass(passing)) {
      for (const i of places.get(group)!) if (answers[i] === "sent" && members[i]!.member === member) answers[i] = "won";
    }
    return answers;
  }

  sent(groups: readonly string[]): Promise<void> {
    for (const group of groups) this.#rollCall.forget(group);
    return this.#gates.sent(groups);
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#rollCall.forget(id);
    const { groups, members } = this.#database;
    const known = (await groups.find({ _id: { $in: [...ids] } }, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
    if (known.length === 0) return;
    await Promise.all([
      groups.deleteMany({ _id: { $in: known } }),
      members.deleteMany({ group: { $in: known } }),
      this.#gates.remove(known),
    ]);
  }

  async #openAll(batch: readonly Opening[]): Promise<void> {
    const operations = batch.map(({ group }): AnyBulkWriteOperation<GroupDocument> => {
      const update = { $set: groupFields(group, this.#after(group.ttlMs)), $setOnInsert: { chord_triggered: false } };
      return { updateOne: { filter: { _id: group.id }, update, upsert: true } };
    });
    try {
      await this.#database.run(() => this.#database.update(this.#database.groups, operations));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** Notes that members have ended; those of which it was not known. */
  async #add(members: readonly GroupMember[]): Promise<ReadonlySet<string>> {
    const documents = new Map(
      members.map((member) => [memberId(member), { group: member.group, delete_at: this.#after(member.ttlMs) }]),
    );
    const operations = Array.from(documents, ([_id, fields]): AnyBulkWriteOperation<MemberDocument> => {
      return { updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true } };
    });
    for (;;) {
      try {
        return (await this.#database.update(this.#database.members, operations)).inserted;
      } catch (error) {
        // Another process notes the same one at the same time. What is noted is noted.
        if (!isDuplicate(error)) throw error;
      }
    }
  }

  /** How many members of each group have ended. */
  async #ended(groups: readonly string[]): Promise<Map<string, number>> {
    const pipeline = [{ $match: { group: { $in: groups } } }, { $group: { _id: "$group", n: { $sum: 1 } } }];
    const counts = await this.#database.members.aggregate<{ _id: string; n: number }>(pipeline).toArray();
    return new Map(counts.map(({ _id, n }) => [_id, Number(n)]));
  }

  /** At the gates of groups with no member left: the winners. */
  async #pass(groups: readonly (readonly GroupMember[])[]): Promise<GroupMember[]> {
    const winners = (await this.#gates.pass(groups)).filter((winner) => winner !== undefined);
    const won = winners.map(({ group }) => group);
    if (won.length === 0) return [];
    const records = await this.#database.find(this.#database.groups, won, { projection: { task_uuids: 0 } });
    const isByGo = (record: GroupDocument | undefined) => record?.chord_triggered === true && !record.p_triggered;
    const byGo = new Set(won.filter((group) => isByGo(records.get(group))));
    const ours = won.filter((group) => !byGo.has(group));
    await Promise.all([this.#gates.sent([...byGo]), this.#tellGo(ours)]);
    return winners.filter(({ group }) => !byGo.has(group));
  }

  async #tellGo(groups: readonly string[]): Promise<void> {
    if (groups.length === 0) return;
    const operations = groups.map((_id): AnyBulkWriteOperation<GroupDocument> => {
      return { updateOne: { filter: { _id }, update: { $set: { chord_triggered: true, p_triggered: true } } } };
    });
    await this.#database.update(this.#database.groups, operations);
  }

  #after(ms: number): Date {
    return new Date(this.#database.now() + ms);
  }
}

const memberId = ({ group, member }: GroupMember): string => `${group} ${member}`;
