import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "../../src/backends/backend.js";
import { MachineryError } from "../../src/errors.js";
import type { Random } from "./random.js";

/** How many states one look reads at most. */
const window = 1_000;
const lookEveryMs = 50;

export interface EndState {
  readonly state: "SUCCESS" | "FAILURE";
  readonly json: string;
  /** When it was seen for the first time, milliseconds since the epoch. */
  readonly seenAt: number;
}

/** Looks at the states of tasks while they run: which have ended, and that none that has ended changes any more. */
export class States {
  readonly #backend: Backend;
  readonly #random: Random;
  readonly #open = new Set<string>();
  readonly #ended = new Map<string, EndState>();
  readonly #ids: string[] = [];
  /** What must never be: terminal states that were something else later. */
  readonly changed = new Map<string, string>();
  /** Of those, the ones that are none any more: the store has forgotten them. */
  readonly forgotten = new Set<string>();
  /** In a mixed fleet: what ended, and was written over with the same end, or with what a task has before it. */
  readonly rewritten = new Set<string>();
  readonly #mixed: boolean;
  #stopped = false;
  #final = false;
  readonly #looking: Promise<void>;

  /** @param mixed Go workers take part, which write over what has ended: by the end it must be the same again */
  constructor(backend: Backend, random: Random, mixed = false) {
    this.#backend = backend;
    this.#random = random;
    this.#mixed = mixed;
    this.#looking = this.#keepLooking();
  }

  expect(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#open.add(id);
      this.#ids.push(id);
    }
  }

  get open(): ReadonlySet<string> {
    return this.#open;
  }

  get ended(): ReadonlyMap<string, EndState> {
    return this.#ended;
  }

  /** Looks at every state once more, and no longer. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#looking;
    this.#final = true;
    for (let i = 0; i < this.#ids.length; i += window) await this.#look(this.#ids.slice(i, i + window));
  }

  async #keepLooking(): Promise<void> {
    while (!this.#stopped) {
      const began = Date.now();
      const open = [...this.#open];
      await this.#look(open.slice(0, window));
      if (open.length > window) await this.#look(open.slice(window));
      const known = [...this.#ended.keys()];
      if (known.length > 0) await this.#look(Array.from({ length: window / 5 }, () => this.#random.of(known)));
      // A slow store is not to be kept busy by being looked at.
      await sleep(Math.max(lookEveryMs, 4 * (Date.now() - began)));
    }
  }

  async #look(ids: readonly string[]): Promise<void> {
    let found: readonly (string | null)[];
    try {
      found = await this.#backend.read(ids);
    } catch (error) {
      // A server that is killed cannot be looked at; in the end it must be.
      if (this.#final || !(error instanceof MachineryError)) throw error;
      return;
    }
    for (let i = 0; i < ids.length; i++) this.#compare(ids[i]!, found[i] ?? null);
  }

  #isRewritten(before: string, json: string | null): boolean {
    if (!this.#mixed || json === null) return false;
    return endOf(json) === undefined ? !this.#final : essence(json) === essence(before);
  }

  #compare(id: string, json: string | null): void {
    const before = this.#ended.get(id);
    if (before !== undefined) {
      if (json !== before.json && this.#isRewritten(before.json, json)) {
        this.rewritten.add(id);
        return;
      }
      if (json !== before.json) this.changed.set(id, `${before.json} became ${json}`);
      if (endOf(json) === undefined) this.forgotten.add(id);
      else this.forgotten.delete(id);
      return;
    }
    const state = endOf(json);
    if (state === undefined) return;
    this.#ended.set(id, { state, json: json!, seenAt: Date.now() });
    this.#open.delete(id);
  }
}

/** What counts of a state, beside when it came about and how long it is kept. */
function essence(json: string): string {
  const { TaskUUID, TaskName, State, Results, Error: error } = JSON.parse(json);
  return JSON.stringify([TaskUUID, TaskName, State, Results, error]);
}

function endOf(json: string | null): EndState["state"] | undefined {
  const state = json === null ? undefined : (JSON.parse(json) as { State: string }).State;
  return state === "SUCCESS" || state === "FAILURE" ? state : undefined;
}
