import { SlotMap } from "./slot-map.js";

/** One watch's interest in one id; those of other watches follow. */
export interface Interest<W> {
  readonly watch: W;
  /** Whether it wants to hear of every state, or of terminal ones only. */
  all: boolean;
  next: Interest<W> | undefined;
}

/** Who watches which ids. Mostly an id has one watch, so that the watches of one are a chain and not a collection. */
export class Interests<W> {
  readonly #first = new SlotMap<Interest<W>>();
  /** How many of them are in every state: mostly none, and then nobody need be looked for. */
  #all = 0;

  get size(): number {
    return this.#first.size;
  }

  ids(): Iterable<string> {
    return this.#first.keys();
  }

  /** The first interest in an id. */
  of(id: string): Interest<W> | undefined {
    return this.#first.get(id);
  }

  /** Whether anybody wants to hear of a state of this id. */
  wanted(id: string, terminal: boolean): boolean {
    if (!terminal && this.#all === 0) return false;
    let interest = this.#first.get(id);
    if (terminal) return interest !== undefined;
    for (; interest !== undefined; interest = interest.next) if (interest.all) return true;
    return false;
  }

  has(id: string, watch: W): boolean {
    let interest = this.#first.get(id);
    while (interest !== undefined && interest.watch !== watch) interest = interest.next;
    return interest !== undefined;
  }

  /** An interest grows: who wants all hears all, whatever is asked for later. */
  add(id: string, watch: W, all: boolean): void {
    const first = this.#first.get(id);
    let interest = first;
    while (interest !== undefined && interest.watch !== watch) interest = interest.next;
    if (all && !interest?.all) this.#all++;
    if (interest === undefined) this.#first.set(id, { watch, all, next: first });
    else interest.all ||= all;
  }

  remove(id: string, watch: W): void {
    let before: Interest<W> | undefined;
    let interest = this.#first.get(id);
    while (interest !== undefined && interest.watch !== watch) {
      before = interest;
      interest = interest.next;
    }
    if (interest === undefined) return;
    if (interest.all) this.#all--;
    if (before !== undefined) before.next = interest.next;
    else if (interest.next !== undefined) this.#first.set(id, interest.next);
    else this.#first.delete(id);
  }

  removeAll(watch: W): void {
    for (const id of [...this.#first.keys()]) this.remove(id, watch);
  }
}
