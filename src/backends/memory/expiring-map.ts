/** How many entries are looked at for each new one: more than one, so that the sweep gets round faster than the map grows. */
const sweptPerEntry = 2;

/**
 * A map whose entries end at a time of their own. No timers: an ended entry is not found any more, and goes when it is looked up
 * or when the sweep that rides on new entries comes by, so that the map holds little more than what lives.
 */
export class ExpiringMap<V extends { readonly expiresAt: number }> {
  readonly #entries = new Map<string, V>();
  #sweep = this.#entries.entries();

  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > now) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, entry: V, now: number): void {
    const size = this.#entries.size;
    this.#entries.set(key, entry);
    if (this.#entries.size > size) for (let i = 0; i < sweptPerEntry; i++) this.#sweepNext(now);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** How many entries it holds, ended ones that are still to be swept among them. */
  get size(): number {
    return this.#entries.size;
  }

  #sweepNext(now: number): void {
    const next = this.#sweep.next();
    if (next.done) this.#sweep = this.#entries.entries();
    else if (next.value[1].expiresAt <= now) this.#entries.delete(next.value[0]);
  }
}
