import type { Watch } from "../backend.js";

type Listener = (id: string, json: string) => void;

/** Who watches which ids, and the notices on their way. */
export class Watches {
  readonly #watchers = new Map<string, Set<MemoryWatch>>();
  #notices: { readonly id: string; readonly json: string }[] = [];

  open(listener: Listener): Watch {
    return new MemoryWatch(this.#watchers, listener);
  }

  any(id: string): boolean {
    return this.#watchers.has(id);
  }

  /** Tells those who watch the id once the caller has finished: a listener never runs inside a write. */
  tell(id: string, json: string): void {
    if (this.#notices.push({ id, json }) === 1) queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    const notices = this.#notices;
    this.#notices = [];
    for (const { id, json } of notices) {
      for (const watch of this.#watchers.get(id) ?? []) watch.listener(id, json);
    }
  }
}

class MemoryWatch implements Watch {
  readonly listener: Listener;
  readonly #watchers: Map<string, Set<MemoryWatch>>;
  readonly #ids = new Set<string>();
  #closed = false;

  constructor(watchers: Map<string, Set<MemoryWatch>>, listener: Listener) {
    this.#watchers = watchers;
    this.listener = listener;
  }

  add(ids: readonly string[]): void {
    if (this.#closed) return;
    for (const id of ids) {
      this.#ids.add(id);
      const others = this.#watchers.get(id);
      if (others) others.add(this);
      else this.#watchers.set(id, new Set([this]));
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ids.delete(id);
      const watchers = this.#watchers.get(id);
      if (watchers?.delete(this) && watchers.size === 0) this.#watchers.delete(id);
    }
  }

  close(): void {
    this.#closed = true;
    this.remove([...this.#ids]);
  }
}
