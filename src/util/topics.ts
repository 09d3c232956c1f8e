type Listener<T> = (value: T) => void;

/** Who listens to which topic, within this process. */
export class Topics<T> {
  readonly #listeners = new Map<string, Set<{ readonly tell: Listener<T> }>>();

  get size(): number {
    return this.#listeners.size;
  }

  /** Returns what ends it. */
  listen(topic: string, tell: Listener<T>): () => void {
    const listener = { tell };
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic);
    };
  }

  /** Tells those who listen now, and still do when it is their turn. */
  tell(topic: string, value: T): void {
    const listeners = this.#listeners.get(topic);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) if (listeners.has(listener)) listener.tell(value);
  }

  clear(): void {
    for (const listeners of this.#listeners.values()) listeners.clear();
    this.#listeners.clear();
  }
}
