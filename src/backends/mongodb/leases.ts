import type { Database } from "./database.js";
import type { LeaseDocument } from "./documents.js";
import { isDuplicate } from "./failure.js";

/** Named leases: a document each, with its owner. It is over when it may be deleted. */
export class Leases {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param more what else is to stand in the document */
  async take(_id: string, owner: string, ttlMs: number, more: Partial<LeaseDocument> = {}): Promise<boolean> {
    const { leases } = this.#database;
    const now = this.#database.now();
    const free = { _id, $or: [{ owner }, { delete_at: { $lte: new Date(now) } }] };
    if (ttlMs <= 0) {
      if ((await leases.deleteOne(free)).deletedCount === 1) return true;
      return (await leases.findOne({ _id })) === null;
    }
    try {
      await leases.updateOne(free, { $set: { ...more, owner, delete_at: new Date(now + ttlMs) } }, { upsert: true });
      return true;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // Another's; or our own, by a call that was on its way at the same time.
      return (await leases.findOne({ _id }))?.owner === owner;
    }
  }
}
