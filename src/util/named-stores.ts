/** Stores that live in this process, one for each name, for as long as anybody has them open. */
export class NamedStores<S> {
  readonly #open = new Map<string, { readonly store: S; users: number }>();

  /** The store of that name, made by `create` if nobody has it open. Every call wants its own `release`. */
  acquire(name: string, create: () => S): S {
    const found = this.#open.get(name);
    if (found) {
      found.users++;
      return found.store;
    }
    const store = create();
    this.#open.set(name, { store, users: 1 });
    return store;
  }

  /** Gives up one use; true if it was the last, and the store is forgotten. */
  release(name: string): boolean {
    const found = this.#open.get(name);
    if (!found || --found.users > 0) return false;
    return this.#open.delete(name);
  }
}
