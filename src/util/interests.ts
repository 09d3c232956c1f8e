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
    if (interest === undefined) this.#first.set(id, { watch, all, next: first });
    else interest.all ||= all;
  }

  remove(id: string, watch: W): void {
    const rest = without(this.#first.get(id), watch);
    if (rest === undefined) this.#first.delete(id);
    else this.#first.set(id, rest);
  }

  removeAll(watch: W): void {
    for (const id of [...this.#first.keys()]) this.remove(id, watch);
  }
}

function without<W>(interest: Interest<W> | undefined, watch: W): Interest<W> | undefined {
  if (interest === undefined || interest.watch === watch) return interest?.next;
  interest.next = without(interest.next, watch);
  return interest;
}
