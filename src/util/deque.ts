const smallest = 16;
/** An emptied ring larger than this is dropped, so that a backlog, once worked off, holds no memory. */
const largestKeptEmpty = 4096;

/** A double-ended queue on a ring: adding and removing at either end takes constant time. */
export class Deque<T> {
  #ring: (T | undefined)[] = new Array(smallest);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size++;
  }

  unshift(item: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#size++;
  }

  /** Removes and returns the first item. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    if (--this.#size === 0 && this.#ring.length > largestKeptEmpty) this.clear();
    return item;
  }

  clear(): void {
    this.#ring = new Array(smallest);
    this.#head = 0;
    this.#size = 0;
  }

  /** The first `limit` items, first one first. */
  first(limit: number): T[] {
    const items: T[] = [];
    const count = Math.min(limit, this.#size);
    for (let i = 0; i < count; i++) items.push(this.#ring[(this.#head + i) & (this.#ring.length - 1)] as T);
    return items;
  }

  #grow(): void {
    const items = this.first(this.#size);
    items.length = this.#ring.length * 2;
    this.#ring = items;
    this.#head = 0;
  }
}
