import type { Cache } from "./cache.js";

/** A named lease: one key, which holds its owner until it expires. */
export class Leases {
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Where an answer was lost, the owner in the key says that the lease is ours. */
  async take(key: string, owner: string, ttlMs: number): Promise<boolean> {
    for (;;) {
      if (ttlMs > 0 && (await this.#cache.add(key, owner, ttlMs))) return true;
      const held = await this.#cache.get(key);
      if (held === undefined) {
        if (ttlMs > 0) continue;
        return true;
      }
      if (held.value !== owner) return false;
      const changed = ttlMs > 0 ? this.#cache.replace(key, owner, ttlMs, held.cas) : this.#cache.delete(key, held.cas);
      if (await changed) return true;
    }
  }
}
