import type { ExecutionContext } from "ava";
import type { Backend, StateWrite } from "../../src/backends/backend.js";
import { within } from "../../src/testing/conformance/patience.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { namespace } from "../services/namespace.js";

/** A watch, and the states that it has heard of; nobody polls. */
export class Ear {
  readonly heard: string[] = [];
  readonly watch;
  #onNews = (): void => {};

  constructor(backend: Backend) {
    this.watch = backend.watch((_, json) => {
      this.heard.push(String(json));
      this.#onNews();
    });
  }

  get notify(): Partial<StateWrite> {
    return { notify: this.watch.topic };
  }

  async hears(json: string): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      this.#onNews = () => {
        if (this.heard.includes(json)) resolve();
      };
      this.#onNews();
    });
    await within(10_000, "The state", arrived);
  }

  /** Has somebody store states of an id of its own until it hears of one: from then on it hears. */
  async ready(t: ExecutionContext, store: (id: string) => Promise<unknown>): Promise<void> {
    const id = namespace(t);
    const before = this.heard.length;
    this.watch.add([id]);
    for (let i = 0; this.heard.length === before; i++) {
      if (i === 1_000) t.fail("It never hears.");
      await store(id);
      await delay(systemClock, 10, undefined, true);
    }
    this.watch.remove([id]);
    this.heard.length = 0;
  }
}
