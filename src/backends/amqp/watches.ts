import { Interests } from "../../util/interests.js";
import type { StateListener, Watch } from "../backend.js";

interface Known {
  readonly json: string;
  readonly state: string;
}

/** Who watches which ids. */
export class Watches {
  readonly #stateOf: (id: string) => Known | undefined;
  readonly #interests = new Interests<AmqpWatch>();
  readonly #open = new Set<AmqpWatch>();

  /** @param stateOf what is known of an id now */
  constructor(stateOf: (id: string) => Known | undefined) {
    this.#stateOf = stateOf;
  }

  open(topic: string, listener: StateListener): Watch {
    const watch = new AmqpWatch(topic, listener, this.#interests, (id, all) => this.#tellKnown(watch, id, all));
    this.#open.add(watch);
    return watch;
  }

  /** Tells those who watch the id, once the caller has finished: a listener never runs inside a write. */
  tell(id: string, terminal: boolean): void {
    if (!this.#interests.wanted(id, terminal)) return;
    const known = this.#stateOf(id);
    if (known === undefined) return;
    const { json } = known;
    queueMicrotask(() => {
      for (let interest = this.#interests.of(id); interest !== undefined; interest = interest.next) {
        if (terminal || interest.all) interest.watch.listener(id, json);
      }
    });
  }

  close(): void {
    for (const watch of this.#open) watch.close();
  }

  #tellKnown(watch: AmqpWatch, id: string, all: boolean): void {
    const known = this.#stateOf(id);
    if (known === undefined || !(all || known.state === "SUCCESS" || known.state === "FAILURE")) return;
    const { json } = known;
    queueMicrotask(() => {
      if (this.#interests.has(id, watch)) watch.listener(id, json);
    });
  }
}

class AmqpWatch implements Watch {
  readonly tellsStored = true;
  readonly topic: string;
  readonly listener: StateListener;
  readonly #interests: Interests<AmqpWatch>;
  readonly #tellKnown: (id: string, all: boolean) => void;
  #closed = false;

  constructor(
    topic: string,
    listener: StateListener,
    interests: Interests<AmqpWatch>,
    tellKnown: (id: string, all: boolean) => void,
  ) {
    this.topic = topic;
    this.listener = listener;
    this.#interests = interests;
    this.#tellKnown = tellKnown;
  }

  add(ids: readonly string[], interest: "all" | "ended" = "all"): void {
    if (this.#closed) return;
    const all = interest === "all";
    for (const id of ids) {
      this.#interests.add(id, this, all);
      this.#tellKnown(id, all);
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#interests.remove(id, this);
  }

  close(): void {
    this.#closed = true;
    this.#interests.removeAll(this);
  }
}
