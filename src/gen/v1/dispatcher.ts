import { MachineryError } from "../../errors.js";
import type { TaskDefinition } from "./task.js";

/** A handler as the worker calls it: the generated `Handlers` interface has typed it already. */
export type Handler = (...args: any[]) => unknown;

/** What a worker runs: a task's codec and its handler. */
export interface DispatchEntry {
  readonly definition: TaskDefinition;
  readonly handler: Handler;
}

/** Name on the wire → what to run. A `Map`, so that no name can reach a prototype. */
export type Dispatch = ReadonlyMap<string, DispatchEntry>;

/**
 * A task that Go serves (`served_by: go`) may be without a handler; workers then leave it to those that have one.
 *
 * @throws MachineryError ERR_HANDLER_MISSING where plain JavaScript gives no function for another task
 */
export function dispatcher(entries: readonly (readonly [TaskDefinition, Handler | undefined])[]): Dispatch {
  const table = new Map<string, DispatchEntry>();
  for (const [definition, handler] of entries) {
    if (typeof handler === "function") {
      const entry = { definition, handler };
      for (const name of [definition.name, ...(definition.aliases ?? [])]) table.set(name, entry);
    } else if (handler !== undefined || definition.policy.servedBy === undefined) {
      throw new MachineryError(
        "ERR_HANDLER_MISSING",
        `the handler is ${handler === undefined ? "missing" : `a ${typeof handler}`}.`,
        {
          at: definition.name,
          hint: `Export a function named "${definition.name}" from the module of handlers.`,
        },
      );
    }
  }
  return table;
}
