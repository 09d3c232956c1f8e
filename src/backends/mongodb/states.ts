import { randomBytes } from "node:crypto";
import { type AnyBulkWriteOperation, BSON } from "mongodb";
import { MachineryError } from "../../errors.js";
import { isTerminal } from "../../wire/state-text.js";
import type { StateWrite, WriteOutcome } from "../backend.js";
import type { Database } from "./database.js";
import { dateOf, exactly, fieldsOf, isOver, stateJson, type TaskDocument, terminalStates } from "./documents.js";
import { Ends } from "./ends.js";
import { isDuplicate } from "./failure.js";

const written: WriteOutcome = Object.freeze({ ok: true });
/** What a document has besides its results: far more than it needs. */
const documentOverhead = 16 * 1024;
/** How much longer than its JSON a document can be: an array's item of two characters takes eight bytes, its type and its index. */
const growth = 10;

/** A state to be stored, for one or more writes of one task that follow each other: the last of them counts. */
interface Step {
  readonly places: number[];
  readonly createdAt: string;
  write: StateWrite;
}

/** The states of tasks: a document each, which an update replaces only where its filter still fits. */
export class States {
  readonly #database: Database;
  readonly #ends: Ends;
  /** Tells this process's writes from any other's. */
  readonly #writer = randomBytes(9).toString("base64url");
  #writes = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#ends = new Ends(database);
  }

  async write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    const outcomes: WriteOutcome[] = new Array(writes.length);
    for (const round of this.#rounds(writes, outcomes)) {
      const pending = round.filter(({ write }) => write.state === "PENDING");
      const others = pending.length === 0 ? round : round.filter(({ write }) => write.state !== "PENDING");
      const update = this.#database.isAtomic ? this.#update(others, outcomes) : this.#replace(others, outcomes);
      await Promise.all([this.#insert(pending, outcomes), update]);
    }
    return outcomes;
  }

  async read(ids: readonly string[]): Promise<(string | null)[]> {
    const found = await this.#find(ids);
    return ids.map((id) => {
      const document = found.get(id);
      return document === undefined ? null : stateJson(document);
    });
  }

  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all([this.#database.tasks.deleteMany({ _id: { $in: [...ids] } }), this.#ends.remove(ids)]);
  }

  /** Of one task, a round has one state. States that the next one would replace at once are left out. */
  #rounds(writes: readonly StateWrite[], outcomes: WriteOutcome[]): Step[][] {
    const tasks = new Map<string, Step[]>();
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i]!;
      const error = this.#refusal(write);
      if (error) {
        outcomes[i] = { ok: false, stored: null, error };
        continue;
      }
      const steps = tasks.get(write.id);
      const last = steps?.at(-1);
      if (last && write.state !== "PENDING" && last.write.state !== "PENDING" && !isTerminal(last.write.state)) {
        last.places.push(i);
        last.write = write;
      } else if (steps) steps.push({ places: [i], createdAt: write.createdAt, write });
      else tasks.set(write.id, [{ places: [i], createdAt: write.createdAt, write }]);
    }
    const rounds: Step[][] = [];
    for (const steps of tasks.values()) {
      for (const [i, step] of steps.entries()) if (rounds[i]?.push(step) === undefined) rounds[i] = [step];
    }
    return rounds;
  }

  /** Why a state can never be stored. */
  #refusal(write: StateWrite): MachineryError | undefined {
    const { maxDocumentBytes, name } = this.#database;
    const length = (write.results?.length ?? 0) + write.error.length;
    if (length * growth + documentOverhead <= maxDocumentBytes) return undefined;
    const bytes = BSON.calculateObjectSize(fieldsOf(write, new Date(0), ""));
    if (bytes + documentOverhead <= maxDocumentBytes) return undefined;
    return new MachineryError("ERR_BACKEND", `the state takes ${bytes} bytes, and a document at most ${maxDocumentBytes}.`, {
      at: name,
      hint: "Keep large data elsewhere, and hand on where it is.",
    });
  }

  /** PENDING, where nothing is stored yet. */
  async #insert(steps: readonly Step[], outcomes: WriteOutcome[]): Promise<void> {
    if (steps.length === 0) return;
    let inserted: ReadonlySet<string> = new Set();
    try {
      const operations = steps.map(({ write }): AnyBulkWriteOperation<TaskDocument> => {
        const { fields, createdAt } = this.#fields(write);
        return { updateOne: { filter: { _id: write.id }, update: { $setOnInsert: { ...fields, ...createdAt } }, upsert: true } };
      });
      ({ inserted } = await this.#database.update(this.#database.tasks, operations));
    } catch (error) {
      // Others insert the same at the same time. Each is looked at by itself.
      if (!isDuplicate(error)) throw error;
    }
    const left: Step[] = [];
    for (const step of steps) {
      if (inserted.has(step.write.id)) answer(step, outcomes, written);
      else left.push(step);
    }
    if (left.length === 0) return;
    const found = await this.#find(left.map(({ write }) => write.id));
    for (const step of left) {
      const stored = found.get(step.write.id);
      if (stored) answer(step, outcomes, { ok: false, stored: stateJson(stored) });
      else await this.#settle(step, outcomes);
    }
  }

  /** All other states. Mostly a document is there, and not terminal: then no more is asked. */
  async #update(steps: readonly Step[], outcomes: WriteOutcome[]): Promise<void> {
    if (steps.length === 0) return;
    const marks: string[] = [];
    const operations = steps.map(({ write }): AnyBulkWriteOperation<TaskDocument> => {
      const { fields } = this.#fields(write);
      marks.push(fields.p_write!);
      return { updateOne: { filter: this.#open(write.id), update: { $set: fields } } };
    });
    const { matched } = await this.#database.update(this.#database.tasks, operations);
    if (matched === steps.length) {
      for (const step of steps) answer(step, outcomes, written);
      return;
    }
    const found = await this.#find(steps.map(({ write }) => write.id));
    for (const [i, step] of steps.entries()) {
      const stored = found.get(step.write.id);
      if (stored?.p_write === marks[i]) answer(step, outcomes, written);
      else if (stored && isTerminal(stored.state)) answer(step, outcomes, { ok: false, stored: stateJson(stored) });
      else await this.#settle(step, outcomes);
    }
  }

  /**
   * The same where no update is one step, and any filter but an id has the server read a whole collection: FerretDB 1. What is stored is
   * looked at first, and of ends that come at the same time one is taken by another way.
   */
  async #replace(steps: readonly Step[], outcomes: WriteOutcome[]): Promise<void> {
    for (let left = steps; left.length > 0; ) {
      const found = await this.#find(left.map(({ write }) => write.id));
      const fitting: [Step, TaskDocument][] = [];
      for (const step of left) {
        const { id } = step.write;
        const stored = found.get(id);
        if (stored && isTerminal(stored.state)) {
          answer(step, outcomes, { ok: false, stored: stateJson(stored) });
          continue;
        }
        const { fields, createdAt } = this.#fields(step.write, step.createdAt);
        fitting.push([step, { _id: id, ...createdAt, ...(stored?.created_at && { created_at: stored.created_at }), ...fields }]);
      }
      const ends = fitting.flatMap(([, document]) => (isTerminal(document.state) ? [document] : []));
      const lost = await this.#ends.add(ends);
      await this.#overwrite(fitting.flatMap(([, document]) => (lost.has(document._id) ? [] : [document])));
      for (const [step] of fitting) if (!lost.has(step.write.id)) answer(step, outcomes, written);
      left = fitting.flatMap(([step]) => (lost.has(step.write.id) ? [step] : []));
    }
  }

  async #overwrite(documents: readonly TaskDocument[]): Promise<void> {
    if (documents.length === 0) return;
    const operations = documents.map(({ _id, ...fields }): AnyBulkWriteOperation<TaskDocument> => {
      return { updateOne: { filter: { _id }, update: { $set: fields }, upsert: true } };
    });
    for (;;) {
      try {
        await this.#database.update(this.#database.tasks, operations);
        return;
      } catch (error) {
        // Others store the first state of the same task at the same time.
        if (!isDuplicate(error)) throw error;
      }
    }
  }

  /** One state by itself: of a task without a document, or with one that is over, or that others are changing. */
  async #settle(step: Step, outcomes: WriteOutcome[]): Promise<void> {
    const { tasks } = this.#database;
    const { write } = step;
    const first = write.state === "PENDING";
    for (;;) {
      const { fields, createdAt } = this.#fields(write, step.createdAt);
      const filter = first ? this.#over(write.id) : this.#open(write.id);
      try {
        await tasks.updateOne(filter, first ? { $set: { ...fields, ...createdAt } } : { $set: fields, $setOnInsert: createdAt }, {
          upsert: true,
        });
        answer(step, outcomes, written);
        return;
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
      const stored = (await this.#find([write.id])).get(write.id);
      if (stored && (first || isTerminal(stored.state))) {
        answer(step, outcomes, { ok: false, stored: stateJson(stored) });
        return;
      }
      if (stored === undefined) await tasks.deleteOne(this.#over(write.id));
    }
  }

  #fields(write: StateWrite, created = write.createdAt) {
    const mark = `${write.notify ?? ""} ${this.#writer}-${this.#writes++}`;
    const date = dateOf(created);
    return {
      fields: fieldsOf(write, new Date(this.#database.now() + write.ttlMs), mark),
      createdAt: date ? { created_at: date } : {},
    };
  }

  /** A document that may still change. */
  #open(id: string) {
    return { _id: id, state: { $nin: [...terminalStates] }, delete_at: { $not: { $lte: this.#today } } };
  }

  /** One whose time is over. */
  #over(id: string) {
    return { _id: id, delete_at: { $lte: this.#today } };
  }

  get #today(): Date {
    return new Date(this.#database.now());
  }

  /** What is stored and not over. */
  async #find(ids: readonly string[]): Promise<Map<string, TaskDocument>> {
    if (ids.length === 0) return new Map();
    const found = await this.#database.find(this.#database.tasks, ids, exactly);
    for (const [id, document] of found) if (isOver(document, this.#today)) found.delete(id);
    await this.#ends.addTo(found, ids);
    return found;
  }
}

function answer({ places }: Step, outcomes: WriteOutcome[], outcome: WriteOutcome): void {
  for (const place of places) outcomes[place] = outcome;
}
