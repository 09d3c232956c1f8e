import type { Watch } from "../backend.js";

type Listener = (id: string, json: string) => void;
type Interest = "all" | "ended";

/** Who watches which ids, and the notices on their way. */
export class Watches {
  /** Mostly there is one watch for an id, and no list of one is made for it. */
  readonly #watching = new Map<string, MemoryWatch | MemoryWatch[]>();
  #notices: { readonly id: string; readonly json: string }[] = [];

  open(listener: Listener): Watch {
    return new MemoryWatch(this, listener);
  }

  /** Whether anybody wants to hear of a state of this id. */
  wanted(id: string, ended: boolean): boolean {
    const watching = this.#watching.get(id);
    if (watching === undefined) return false;
    return ended || (watching instanceof MemoryWatch ? watching.wantsAll(id) : watching.some((watch) => watch.wantsAll(id)));
  }

  /** Tells those who watch the id once the caller has finished: a listener never runs inside a write. */
  tell(id: string, json: string): void {
    if (this.#notices.push({ id, json }) === 1) queueMicrotask(() => this.#deliver());
  }

  add(id: string, watch: MemoryWatch): void {
    const watching = this.#watching.get(id);
    if (watching === undefined) this.#watching.set(id, watch);
    else if (watching instanceof MemoryWatch) this.#watching.set(id, [watching, watch]);
    else watching.push(watch);
  }

  remove(id: string, watch: MemoryWatch): void {
    const watching = this.#watching.get(id);
    if (watching === watch) this.#watching.delete(id);
    else if (Array.isArray(watching)) {
      const others = watching.filter((other) => other !== watch);
      this.#watching.set(id, others.length === 1 ? others[0]! : others);
    }
  }

  #deliver(): void {
    const notices = this.#notices;
    this.#notices = [];
    for (const { id, json } of notices) {
      const watching = this.#watching.get(id);
      if (watching instanceof MemoryWatch) watching.listener(id, json);
      else for (const watch of watching ?? []) watch.listener(id, json);
    }
  }
}

class MemoryWatch implements Watch {
  readonly listener: Listener;
  readonly #watches: Watches;
  readonly #ids = new Map<string, Interest>();
  #closed = false;

  constructor(watches: Watches, listener: Listener) {
    this.#watches = watches;
    this.listener = listener;
  }

  add(ids: readonly string[], interest: Interest = "all"): void {
    if (this.#closed) return;
    for (const id of ids) {
      const before = this.#ids.get(id);
      if (before === undefined) this.#watches.add(id, this);
      if (before !== "all") this.#ids.set(id, interest);
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) if (this.#ids.delete(id)) this.#watches.remove(id, this);
  }

  close(): void {
    this.#closed = true;
    this.remove([...this.#ids.keys()]);
  }

  wantsAll(id: string): boolean {
    return this.#ids.get(id) === "all";
  }
}
