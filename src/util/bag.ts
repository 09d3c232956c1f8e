/** What can be put into a bag: it keeps its own place there. */
export interface Placed {
  /** Its place; -1 while it is in none. */
  place: number;
}

/**
 * Objects that come and go, in no order. Unlike a `Set` it makes no new table every few hundred objects: such a table, once it is old,
 * keeps all that it held from being collected with the young objects.
 */
export class Bag<T extends Placed> {
  #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  has(item: T): boolean {
    return this.#items[item.place] === item;
  }

  add(item: T): void {
    item.place = this.#items.push(item) - 1;
  }

  /** `false` if it was not there. */
  delete(item: T): boolean {
    if (!this.has(item)) return false;
    const last = this.#items.pop()!;
    if (last !== item) {
      last.place = item.place;
      this.#items[last.place] = last;
    }
    item.place = -1;
    return true;
  }

  /** Takes everything out. */
  empty(): T[] {
    const items = this.#items;
    this.#items = [];
    for (const item of items) item.place = -1;
    return items;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }
}
