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

/** @throws MachineryError ERR_HANDLER_MISSING where plain JavaScript gives no function for a task */
export function dispatcher(entries: readonly (readonly [TaskDefinition, Handler])[]): Dispatch {
  return new Map(
    entries.map(([definition, handler]) => {
      if (typeof handler !== "function") {
        throw new MachineryError(
          "ERR_HANDLER_MISSING",
          `the handler is ${handler === undefined ? "missing" : `a ${typeof handler}`}.`,
          {
            at: definition.name,
            hint: `Export a function named "${definition.name}" from the module of handlers.`,
          },
        );
      }
      return [definition.name, { definition, handler }];
    }),
  );
}
