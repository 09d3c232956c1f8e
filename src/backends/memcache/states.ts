import { createdAtOf, isTerminalJson, withCreatedAt } from "../../wire/state-text.js";
import type { StateWrite, WriteOutcome } from "../backend.js";
import { type Cache, TooLarge } from "./cache.js";

const written: WriteOutcome = Object.freeze({ ok: true });

/** One state of a batch, and what became of it. */
interface Writing {
  readonly write: StateWrite;
  outcome: WriteOutcome | undefined;
}

/** The states of tasks: the JSON of each under the task's UUID, changed by compare-and-swap. */
export class States {
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  async write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    const tasks = new Map<string, Writing[]>();
    const all = writes.map((write): Writing => {
      const error = this.#cache.refusal(write.id, write.json);
      const writing: Writing = { write, outcome: error && { ok: false, stored: null, error } };
      if (error === undefined && tasks.get(write.id)?.push(writing) === undefined) tasks.set(write.id, [writing]);
      return writing;
    });
    await Promise.all(Array.from(tasks, ([id, ofTask]) => this.#writeTask(id, ofTask)));
    return all.map(({ outcome }) => outcome!);
  }

  async read(ids: readonly string[]): Promise<(string | null)[]> {
    return Promise.all(ids.map(async (id) => (await this.#cache.find(id))?.value ?? null));
  }

  async #writeTask(id: string, ofTask: readonly Writing[]): Promise<void> {
    const [first] = ofTask;
    // What most tasks begin with: there is nothing to be read before.
    if (ofTask.length === 1 && first!.write.state === "PENDING" && (await this.#add(id, first!))) return;
    for (;;) {
      const found = await this.#cache.get(id);
      const next = follow(found?.value, ofTask);
      if (next === undefined) return;
      const { json, ttlMs } = next;
      try {
        if (await (found ? this.#cache.replace(id, json, ttlMs, found.cas) : this.#cache.add(id, json, ttlMs))) return;
      } catch (error) {
        // A server that has not told its limit.
        if (!(error instanceof TooLarge)) throw error;
        for (const writing of ofTask) if (writing.outcome!.ok) writing.outcome = { ok: false, stored: null, error };
        return;
      }
    }
  }

  async #add(id: string, writing: Writing): Promise<boolean> {
    const { json, ttlMs } = writing.write;
    if (!(await this.#cache.add(id, json, ttlMs))) return false;
    writing.outcome = written;
    return true;
  }
}

/** Says what becomes of the states of one task, in order, after what is stored; what is to be stored in the end, if anything is. */
function follow(stored: string | undefined, ofTask: readonly Writing[]): { json: string; ttlMs: number } | undefined {
  const createdAt = (stored === undefined ? undefined : createdAtOf(stored)) ?? ofTask[0]!.write.createdAt;
  let current = stored;
  let last: StateWrite | undefined;
  for (const writing of ofTask) {
    const { write } = writing;
    if (current !== undefined && (write.state === "PENDING" || isTerminalJson(current))) {
      writing.outcome = { ok: false, stored: current };
      continue;
    }
    writing.outcome = written;
    current = withCreatedAt(write.json, write.createdAt, createdAt);
    last = write;
  }
  return last && { json: current!, ttlMs: last.ttlMs };
}
