import { availableParallelism } from "node:os";
import { MachineryError } from "../errors.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { LoadedTask, ThreadModules } from "./thread-protocol.js";

/** The threads of a worker, for tasks whose contract says `run: thread`. */
export interface ThreadOptions {
  /**
   * The module that each thread finds the dispatch table in, as a `file:` URL: the generated one, or one of your own whose export
   * `dispatch` is such a function, or the table itself.
   */
  readonly dispatch: URL | string;
  /** The module that exports the handlers, as a `file:` URL. Not needed where `dispatch` exports the table itself. */
  readonly handlers?: URL | string;
  /** How many threads, and so how many of these tasks run at once, 1 to 1,000. Default: as many as there are cores. */
  readonly size?: number;
  /** How long an idle thread is kept, in milliseconds. A new one loads the modules again. Default 60,000. */
  readonly idleMs?: number;
  /** After how many tasks a thread is replaced, against memory that leaks; 0 for never. Default 0. */
  readonly maxTasks?: number;
  /**
   * How much memory the objects of one thread may take, in MiB, 16 or more; a task that needs more fails, and the thread is replaced.
   * Buffers do not count, and one allocation that is large beside the limit, as of an array that grows, can end the whole process.
   * Default: Node's own limit.
   */
  readonly maxHeapMb?: number;
  /** How long a task that was told to stop, by its time-out say, has before its thread is ended, in milliseconds. Default 1,000. */
  readonly killAfterMs?: number;
}

/** The same, checked and complete. */
export interface ThreadSettings extends Required<Omit<ThreadOptions, "dispatch" | "handlers" | "maxHeapMb">> {
  readonly modules: ThreadModules;
  readonly maxHeapMb: number | undefined;
}

/** @throws MachineryError ERR_CONFIG */
export function threadSettings({ dispatch, handlers, maxHeapMb, ...options }: ThreadOptions): ThreadSettings {
  const { size = availableParallelism(), idleMs = 60_000, maxTasks = 0, killAfterMs = 1000 } = options;
  whole("size", size, 1, 1000);
  whole("idleMs", idleMs, 0);
  whole("maxTasks", maxTasks, 0);
  whole("killAfterMs", killAfterMs, 0);
  if (maxHeapMb !== undefined) whole("maxHeapMb", maxHeapMb, 16);
  const modules = {
    dispatch: fileUrl("dispatch", dispatch),
    handlers: handlers === undefined ? undefined : fileUrl("handlers", handlers),
  };
  return { modules, size, idleMs, maxTasks, maxHeapMb, killAfterMs };
}

/** The names of the tasks that want a thread. */
export function threadTasks(table: Dispatch): string[] {
  return [...table].filter(([, { definition }]) => definition.policy.run === "thread").map(([name]) => name);
}

/** @throws MachineryError ERR_CONFIG where what a thread has loaded is not what the worker's table wants threads for */
export function checkTasks(tasks: readonly LoadedTask[], dispatch: Dispatch): void {
  const loaded = new Map(tasks.map(({ name, hash }) => [name, hash]));
  const wrong = threadTasks(dispatch).filter((name) => loaded.get(name) !== dispatch.get(name)!.definition.hash);
  if (wrong.length === 0) return;
  const what = loaded.has(wrong[0]!) ? "have another contract for" : "do not have";
  throw new MachineryError("ERR_CONFIG", `the modules for threads ${what} ${wrong.slice(0, 3).join(", ")}.`, {
    at: "threads",
    hint: "Name the modules that the worker's own handlers come from, and build them anew.",
  });
}

/** What is missing where a worker is to run such tasks and has no threads: they are not run on its loop instead. */
export function noThreads(names: readonly string[]): MachineryError {
  return new MachineryError(
    "ERR_CONFIG",
    `the contract wants threads for ${names.slice(0, 3).join(", ")}, and this worker has none.`,
    {
      at: "threads",
      hint:
        'Tell newWorker where threads find the code: threads: { dispatch: new URL("./generated/index.js", import.meta.url), ' +
        'handlers: new URL("./tasks/index.js", import.meta.url) }.',
    },
  );
}

function whole(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw new MachineryError("ERR_CONFIG", `must be a whole number ${range}, got ${value}.`, { at: `threads.${name}` });
}

function fileUrl(name: string, given: URL | string): string {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined;
  if (url?.protocol === "file:") return url.href;
  throw new MachineryError("ERR_CONFIG", "must be a file: URL.", {
    at: `threads.${name}`,
    hint: 'Write new URL("./index.js", import.meta.url), or what import.meta.resolve gives.',
  });
}
