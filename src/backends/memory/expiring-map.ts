/** How many entries are looked at for each new one: more than one, so that the sweep gets round faster than the map grows. */
const sweptPerEntry = 2;

/**
 * A map whose entries end at a time of their own. No timers: an ended entry is not found any more, and goes when it is looked up
 * or when the sweep that rides on new entries comes by, so that the map holds little more than what lives. Nothing is swept before
 * there is something that can have ended.
 */
export class ExpiringMap<V extends { readonly expiresAt: number }> {
  readonly #entries = new Map<string, V>();
  /** The round under way. None is kept for later: it would keep every table that the map has had in the meantime. */
  #sweep: MapIterator<[string, V]> | undefined;
  /** When the first entry ends, at the earliest; and the same of what this round of the sweep has left. */
  #earliest = Number.POSITIVE_INFINITY;
  #earliestLeft = Number.POSITIVE_INFINITY;

  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > now) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, entry: V, now: number): void {
    const size = this.#entries.size;
    this.#entries.set(key, entry);
    this.#earliest = Math.min(this.#earliest, entry.expiresAt);
    this.#earliestLeft = Math.min(this.#earliestLeft, entry.expiresAt);
    if (this.#entries.size > size) for (let i = 0; i < sweptPerEntry && this.#earliest <= now; i++) this.#sweepNext(now);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** How many entries it holds, ended ones that are still to be swept among them. */
  get size(): number {
    return this.#entries.size;
  }

  #sweepNext(now: number): void {
    this.#sweep ??= this.#entries.entries();
    const next = this.#sweep.next();
    if (next.done) {
      this.#sweep = undefined;
      this.#earliest = this.#earliestLeft;
      this.#earliestLeft = Number.POSITIVE_INFINITY;
      return;
    }
    const [key, { expiresAt }] = next.value;
    if (expiresAt <= now) this.#entries.delete(key);
    else this.#earliestLeft = Math.min(this.#earliestLeft, expiresAt);
  }
}
