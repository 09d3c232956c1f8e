import type { AnyBulkWriteOperation } from "mongodb";
import type { GroupMember } from "../backend.js";
import type { Database } from "./database.js";
import type { LeaseDocument } from "./documents.js";
import { isDuplicate } from "./failure.js";
import type { Leases } from "./leases.js";

/** Who holds a gate whose callback is out. */
const sent = "sent";
/** How long that is remembered where nobody knows the group's time any more: far longer than a message lives on. */
const dayMs = 24 * 3_600_000;

/** The gates of chords: leases that members take, and that are never given back once the callback is out. */
export class Gates {
  readonly #database: Database;
  readonly #leases: Leases;

  constructor(database: Database, leases: Leases) {
    this.#database = database;
    this.#leases = leases;
  }

  /**
   * At the gates of groups with no member left: of each group, those that may have won it before without hearing of it, or the one that
   * comes first. The winner of each, or `undefined` where that is none of them.
   */
  async pass(groups: readonly (readonly GroupMember[])[]): Promise<(GroupMember | undefined)[]> {
    const held = await this.#find(groups.map(([first]) => first!.group));
    const members = groups.map((own) => own.find(({ group, member }) => held.get(group)?.owner === member) ?? own[0]!);
    const inserted = await this.#insert(members.filter(({ group }) => !held.has(group)));
    return Promise.all(
      members.map(async (own) => {
        const { group, member, leaseMs, ttlMs } = own;
        if (inserted.has(group)) return own;
        const gate = held.get(group);
        if (gate && gate.owner !== member && gate.delete_at.getTime() > this.#database.now()) return undefined;
        return (await this.#leases.take(gateOf(group), member, leaseMs, { keep_until: this.#after(ttlMs) })) ? own : undefined;
      }),
    );
  }

  async sent(groups: readonly string[]): Promise<void> {
    if (groups.length === 0) return;
    const held = await this.#find(groups);
    const operations = groups.map((group): AnyBulkWriteOperation<LeaseDocument> => {
      const fields = { owner: sent, delete_at: held.get(group)?.keep_until ?? this.#after(dayMs) };
      return { updateOne: { filter: { _id: gateOf(group) }, update: { $set: fields }, upsert: true } };
    });
    await this.#database.update(this.#database.leases, operations);
  }

  async remove(groups: readonly string[]): Promise<void> {
    await this.#database.leases.deleteMany({ _id: { $in: groups.map(gateOf) } });
  }

  async #find(groups: readonly string[]): Promise<Map<string, LeaseDocument>> {
    const found = await this.#database.find(this.#database.leases, groups.map(gateOf));
    return new Map(Array.from(found, ([id, gate]) => [groupOf(id), gate]));
  }

  /** Takes gates that nobody has taken yet; the groups of those that are ours now. */
  async #insert(members: readonly GroupMember[]): Promise<Set<string>> {
    if (members.length === 0) return new Set();
    const operations = members.map(({ group, member, leaseMs, ttlMs }): AnyBulkWriteOperation<LeaseDocument> => {
      const gate = { owner: member, delete_at: this.#after(leaseMs), keep_until: this.#after(ttlMs) };
      return { updateOne: { filter: { _id: gateOf(group) }, update: { $setOnInsert: gate }, upsert: true } };
    });
    try {
      const { inserted } = await this.#database.update(this.#database.leases, operations);
      return new Set(Array.from(inserted, groupOf));
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // Others were there at the same time: each gate is asked for by itself.
      return new Set();
    }
  }

  #after(ms: number): Date {
    return new Date(this.#database.now() + ms);
  }
}

const suffix = ":p:chord";
const gateOf = (group: string): string => group + suffix;
const groupOf = (gate: string): string => gate.slice(0, -suffix.length);
