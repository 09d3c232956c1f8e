import { MachineryError } from "../../errors.js";
import { createdAtOf, isTerminal, isTerminalJson, withCreatedAt } from "../../wire/state-text.js";
import type { StateWrite, WriteOutcome } from "../backend.js";
import { longestAnnouncement } from "./announcements.js";

/** The longest state, in bytes. Redis would take 512 MB, and stand still meanwhile. */
const maxStateBytes = 64 * 1024 * 1024;
/** How much goes into one call, which keeps the server from everything else. */
const maxEntries = 1_000;
const maxCharacters = 8 * 1024 * 1024;
const stored: WriteOutcome = Object.freeze({ ok: true });

/** What the server says of an id whose state it did not simply store: what was there before, or why nothing can be. */
export type Before = string | null | Error;

/** All writes of one task in a batch: of them only the last that counts is stored. */
export class StateEntry {
  /** Its CreatedAt counts if nothing is stored. */
  readonly first: StateWrite;
  last: StateWrite;
  /** What becomes of some of them can only be said with what was stored before. */
  wantsBefore = false;

  constructor(write: StateWrite) {
    this.first = write;
    this.last = write;
  }

  get id(): string {
    return this.first.id;
  }

  add(write: StateWrite): void {
    if (this.first.state === "PENDING") this.wantsBefore = true;
    if (write.state === "PENDING" || isTerminal(this.last.state)) this.wantsBefore = true;
    else this.last = write;
  }

  /** What is stored if nothing is yet. */
  get json(): string {
    return withCreatedAt(this.last.json, this.last.createdAt, this.first.createdAt);
  }
}

/** States that are stored in the same way. */
export interface StateRun {
  /** PENDING: stored where nothing is. */
  readonly isNew: boolean;
  readonly isTerminal: boolean;
  readonly wantsBefore: boolean;
  readonly ttlMs: number;
  /** How many characters the CreatedAt of each has. */
  readonly createdAtLength: number;
  readonly notify: string | undefined;
  readonly ids: string[];
  readonly jsons: string[];
}

/** A batch of writes on its way, and what to make of the server's answers. */
export class StateBatch {
  /** The calls to make, in any order: no task stands in two of them. */
  readonly calls: StateRun[][] = [];
  readonly #writes: readonly StateWrite[];
  readonly #befores = new Map<string, Before>();

  constructor(writes: readonly StateWrite[]) {
    this.#writes = writes;
    this.#arrange(entriesOf(writes));
  }

  /** Whether any of them is known never to be stored. */
  get isUnfit(): boolean {
    for (const before of this.#befores.values()) if (before instanceof Error) return true;
    return false;
  }

  /** Notes an answer. What the server says nothing of is stored. */
  answered(id: string, before: Before): void {
    this.#befores.set(id, before);
  }

  /** What became of each write, once all calls are answered. */
  outcomes(): WriteOutcome[] {
    if (this.#befores.size === 0) return this.#writes.map(() => stored);
    const current = new Map<string, Before>(this.#befores);
    return this.#writes.map((write) => {
      const before = current.get(write.id);
      if (before === undefined) return stored;
      if (before instanceof Error) return { ok: false, stored: null, error: before };
      if (before !== null && (write.state === "PENDING" || isTerminalJson(before))) return { ok: false, stored: before };
      const createdAt = (before === null ? undefined : createdAtOf(before)) ?? write.createdAt;
      current.set(write.id, withCreatedAt(write.json, write.createdAt, createdAt));
      return stored;
    });
  }

  /** What is to be announced of a state, once its call is answered; nothing if it was refused. The run must want what was before. */
  announcementOf({ isNew, createdAtLength }: StateRun, id: string, json: string): string[] {
    const before = this.#befores.get(id) ?? null;
    if (before instanceof Error || (before !== null && (isNew || isTerminalJson(before)))) return [];
    const own = json.slice(-2 - createdAtLength, -2);
    const stored = withCreatedAt(json, own, (before === null ? undefined : createdAtOf(before)) ?? own);
    return [stored.length <= longestAnnouncement ? stored : id];
  }

  #arrange(entries: Iterable<StateEntry>): void {
    let runs: StateRun[] = [];
    let run: StateRun | undefined;
    let count = 0;
    let characters = 0;
    for (const entry of entries) {
      const { json } = entry;
      if (isTooLong(json)) {
        this.answered(entry.id, tooLong());
        continue;
      }
      if (count === 0 || count === maxEntries || characters + json.length > maxCharacters) {
        runs = [];
        run = undefined;
        count = 0;
        characters = 0;
        this.calls.push(runs);
      }
      count++;
      characters += json.length;
      if (run === undefined || !fits(run, entry)) {
        run = runs.find((other) => fits(other, entry));
        if (run === undefined) {
          run = runOf(entry);
          runs.push(run);
        }
      }
      run.ids.push(entry.id);
      run.jsons.push(json);
    }
  }
}

function entriesOf(writes: readonly StateWrite[]): Iterable<StateEntry> {
  const entries = new Map<string, StateEntry>();
  let entry: StateEntry | undefined;
  for (const write of writes) {
    // A worker writes RECEIVED and STARTED of one task one behind the other.
    if (entry?.id !== write.id) entry = entries.get(write.id);
    if (entry !== undefined) entry.add(write);
    else {
      entry = new StateEntry(write);
      entries.set(write.id, entry);
    }
  }
  return entries.values();
}

function runOf({ first, last, wantsBefore }: StateEntry): StateRun {
  return {
    isNew: last.state === "PENDING",
    isTerminal: isTerminal(last.state),
    wantsBefore,
    ttlMs: last.ttlMs,
    createdAtLength: first.createdAt.length,
    notify: last.notify,
    ids: [],
    jsons: [],
  };
}

function fits(run: StateRun, { first, last, wantsBefore }: StateEntry): boolean {
  return (
    run.ttlMs === last.ttlMs &&
    run.notify === last.notify &&
    run.isTerminal === isTerminal(last.state) &&
    run.isNew === (last.state === "PENDING") &&
    run.createdAtLength === first.createdAt.length &&
    run.wantsBefore === wantsBefore
  );
}

function isTooLong(json: string): boolean {
  return json.length * 3 > maxStateBytes && Buffer.byteLength(json) > maxStateBytes;
}

function tooLong(): MachineryError {
  return new MachineryError("ERR_BACKEND", `the state has more than ${maxStateBytes} bytes, too many for Redis.`, {
    hint: "Store large results elsewhere, and return a reference to them.",
  });
}
