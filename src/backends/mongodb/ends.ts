import { MongoBulkWriteError } from "mongodb";
import { isTerminal } from "../../wire/state-text.js";
import type { Database } from "./database.js";
import { exactly, isOver, type TaskDocument } from "./documents.js";
import { isDuplicate } from "./failure.js";

/**
 * How tasks have ended, where an update is not one step: FerretDB 1 writes back the whole document that an update has read, so that one
 * which comes late undoes what was stored in between. An insert is one step there, too. Of several ends the first one counts, and
 * whatever is said later of its task. A MongoDB needs none of this, and is asked for nothing.
 */
export class Ends {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves to the ids of tasks that had an end before. */
  async add(documents: readonly TaskDocument[]): Promise<ReadonlySet<string>> {
    const { ends } = this.#database;
    if (ends === undefined || documents.length === 0) return new Set();
    try {
      await ends.insertMany(documents, { ordered: false });
      return new Set();
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError && isDuplicate(error))) throw error;
      const lost = [error.writeErrors].flat().map(({ index }) => documents[index]!._id);
      await ends.deleteMany({ _id: { $in: lost }, delete_at: { $lte: this.#today } });
      return new Set(lost);
    }
  }

  /** Puts the ends of tasks among what was found of them, where that is no end. */
  async addTo(found: Map<string, TaskDocument>, ids: readonly string[]): Promise<void> {
    const { ends, tasks } = this.#database;
    const open = ids.filter((id) => !isTerminal(found.get(id)?.state ?? ""));
    if (ends === undefined || open.length === 0) return;
    for (const [id, end] of await this.#database.find(ends, open, exactly)) {
      if (isOver(end, this.#today)) continue;
      found.set(id, end);
      // Go looks nowhere else.
      const { _id, ...fields } = end;
      await tasks.updateOne({ _id }, { $set: fields });
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.#database.ends?.deleteMany({ _id: { $in: [...ids] } });
  }

  get #today(): Date {
    return new Date(this.#database.now());
  }
}
