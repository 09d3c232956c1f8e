import { MachineryError } from "../../errors.js";
import { type Migration, OlderVersion } from "./older-version.js";
import type { TaskDefinition } from "./task.js";

/** A handler as the worker calls it: the generated `Handlers` interface has typed it already. */
export type Handler = (...args: any[]) => unknown;

/** What a worker runs: a task's codec and its handler. */
export interface DispatchEntry {
  readonly definition: TaskDefinition;
  readonly handler: Handler;
  /** The versions of the task before the handler's that it takes as well, by the hash that messages of theirs carry. */
  readonly older?: ReadonlyMap<string, OlderVersion> | undefined;
}

/** A task, its handler, and from each older version the way to the one after it. */
export type DispatcherEntry = readonly [TaskDefinition, Handler | undefined, (readonly (Migration | undefined)[])?];

/** Name on the wire → what to run. A `Map`, so that no name can reach a prototype. */
export type Dispatch = ReadonlyMap<string, DispatchEntry>;

/**
 * A task that Go serves (`served_by: go`) may be without a handler; workers then leave it to those that have one.
 *
 * @throws MachineryError ERR_HANDLER_MISSING where plain JavaScript gives no function for another task, or for a migration
 */
export function dispatcher(entries: readonly DispatcherEntry[]): Dispatch {
  const table = new Map<string, DispatchEntry>();
  for (const [definition, handler, migrations] of entries) {
    if (typeof handler === "function") {
      const entry = { definition, handler, ...(migrations && { older: olderVersions(definition, migrations) }) };
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

function olderVersions(definition: TaskDefinition, given: readonly (Migration | undefined)[]): ReadonlyMap<string, OlderVersion> {
  const { name, versions = [] } = definition;
  const migrations = versions.map((_, i) => {
    const migration = given[i];
    if (typeof migration === "function") return migration;
    throw new MachineryError(
      "ERR_HANDLER_MISSING",
      `the migration is ${migration === undefined ? "missing" : `a ${typeof migration}`}.`,
      {
        at: `${name}@${i + 1}→${i + 2}`,
        hint: `Export a function whose name ends in "_${i + 1}_to_${i + 2}" from the module of handlers.`,
      },
    );
  });
  return new Map(
    versions.flatMap((version, i) => {
      const older = new OlderVersion(definition, i + 1, version, migrations);
      return [version.hash, ...(version.formerHashes ?? [])].map((hash) => [hash, older] as const);
    }),
  );
}
