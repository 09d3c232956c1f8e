import { MachineryError } from "../errors.js";
import type { Dispatch, DispatchEntry, Handler } from "../gen/v1/dispatcher.js";
import { type DynamicTypes, dynamicTask } from "./dynamic-task.js";

/** The tasks that were registered without a contract, by name. */
export class TaskRegistry {
  readonly #entries = new Map<string, DispatchEntry>();

  register(name: string, handler: Handler, types: DynamicTypes): void {
    if (typeof handler !== "function") throw new MachineryError("ERR_HANDLER_MISSING", "the handler is no function.", { at: name });
    this.#entries.set(name, { definition: dynamicTask(name, types), handler });
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** All of them, and a worker's own, which go first. */
  dispatchWith(own: Dispatch | undefined): Dispatch {
    return new Map([...this.#entries, ...(own ?? [])]);
  }
}
