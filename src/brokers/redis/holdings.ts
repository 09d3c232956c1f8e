import { Bag } from "../../util/bag.js";
import { Claim } from "./claim.js";
import type { QueueKeys } from "./queue-keys.js";

/** What the server says a worker holds of a queue. */
export interface ServerList {
  readonly keys: QueueKeys;
  readonly bodies: readonly Buffer[];
  /** Of each; empty where there are none. */
  readonly crashes: readonly number[];
}

/** The claims that a consumer knows to be its own. */
export class Holdings {
  readonly #claims = new Bag<Claim>();
  #count = 0;

  get size(): number {
    return this.#claims.size;
  }

  has(claim: Claim): boolean {
    return this.#claims.has(claim);
  }

  add(keys: QueueKeys, body: Buffer, crashes: number): Claim {
    const claim = new Claim(keys, body, crashes, ++this.#count);
    this.#claims.add(claim);
    return claim;
  }

  delete(claim: Claim): void {
    this.#claims.delete(claim);
  }

  /** Forgets all of them; they come in the order in which they were claimed. */
  empty(): Claim[] {
    return this.#claims.empty().sort((a, b) => a.number - b.number);
  }

  all(): Claim[] {
    return [...this.#claims];
  }

  /**
   * Adds what the server has and nobody here knows of, and hands that out.
   *
   * @param known what was known when the server was asked: some of it may have been settled since
   */
  addUnknown(lists: readonly ServerList[], known: readonly Claim[]): Claim[] {
    const found: Claim[] = [];
    for (const { keys, bodies, crashes } of lists) {
      const ours = countBodies(known.filter((claim) => claim.queue === keys.name));
      for (const [i, body] of bodies.entries()) {
        const text = body.toString("latin1");
        const count = ours.get(text) ?? 0;
        if (count > 0) ours.set(text, count - 1);
        else found.push(this.add(keys, body, crashes[i] ?? 0));
      }
    }
    return found;
  }
}

function countBodies(claims: readonly Claim[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { body } of claims) {
    const text = body.toString("latin1");
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
