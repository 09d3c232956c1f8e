import type { Store, Table } from "../../store/store.js";

export type Expiring = "state" | "group" | "lease";

/** How finely the index tells times apart; a row may stay that much longer than its time, unseen. */
const bucketMs = 60_000;
/** How often it is worth looking while nothing was found. */
const restMs = 1_000;
const nothing = Buffer.alloc(0);

/** Deletes what `id` names if its time is over; `false` if that is more than should be done at once. */
export type Sweeper = (kind: Expiring, id: string, now: number) => boolean;

/**
 * When rows end: `[bucket, kind, id]`, by minutes, so that a state that is overwritten a moment later needs no new entry. There is
 * no timer: every batch that is written takes a few of those along whose time is over.
 */
export class Expiry {
  readonly #index: Table;
  #nextLook = 0;

  constructor(store: Store) {
    this.#index = store.table("expiry");
  }

  /** Remembers when a row ends; `before` is when it would have ended until now. To be called inside a transaction. */
  note(kind: Expiring, id: string, expiresAt: number, before = 0): void {
    const bucket = Math.ceil(expiresAt / bucketMs);
    if (bucket !== Math.ceil(before / bucketMs)) this.#index.putSync([bucket, kind, id], nothing);
  }

  /** Has up to `limit` rows deleted whose time is over. To be called inside a transaction. */
  sweep(now: number, limit: number, sweeper: Sweeper): void {
    if (now < this.#nextLook && now > this.#nextLook - restMs) return;
    const over = Math.floor(now / bucketMs) + 1;
    const keys = [...this.#index.getKeys({ end: [over], limit })] as [number, Expiring, string][];
    for (const key of keys) if (sweeper(key[1], key[2], now)) this.#index.removeSync(key);
    if (keys.length < limit) this.#nextLook = now + restMs;
  }
}
