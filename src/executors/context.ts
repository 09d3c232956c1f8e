import { AsyncLocalStorage } from "node:async_hooks";
import { MachineryError } from "../errors.js";
import { type Logger, silentLogger } from "../logger.js";
import type { JsonValue } from "../wire/json.js";

/** What a handler can know of the task it runs, without an argument on the wire. */
export interface TaskContext {
  readonly uuid: string;
  readonly name: string;
  readonly queue: string;
  /** 1 for the first run; each retry adds one. */
  readonly attempt: number;
  /** What earlier attempts failed with, oldest first: the last ten, 200 characters of each. */
  readonly errors: readonly string[];
  /** The signature's headers. */
  readonly headers: ReadonlyMap<string, JsonValue>;
  /**
   * Aborts when the task's time is up or the task was cancelled, when the worker stops and its grace has run out, and when the claim on
   * the message was lost. A handler on the event loop is asked by it, not forced: what goes on in spite of it uses the loop to no end.
   */
  readonly signal: AbortSignal;
  /** The worker's logger, bound to this task. */
  readonly logger: Logger;
  /**
   * Says how far the task has come: `done` of `total` (default 1). Whoever waits with `onProgress` hears of it, where the broker carries
   * `notices`: the latest, some ten times a second at most. It never fails; numbers that make no sense say nothing.
   */
  readonly progress: (done: number, total?: number) => void;
}

/** The storage behind `taskContext`; the executors enter it. */
export const contextStorage = new AsyncLocalStorage<TaskContext>();

/**
 * The context of the task that is running, anywhere below its handler.
 *
 * @throws MachineryError ERR_NO_CONTEXT outside a task; unit tests of a handler run it inside `withTaskContext`
 */
export function taskContext(): TaskContext {
  const context = contextStorage.getStore();
  if (context) return context;
  throw new MachineryError("ERR_NO_CONTEXT", "no task is running here.", {
    hint: "Call taskContext() inside a handler; in a unit test, run the handler with withTaskContext().",
  });
}

/** Runs `fn` as if inside a task: for unit tests of handlers that ask for their context. */
export function withTaskContext<T>(context: Partial<TaskContext>, fn: () => T): T {
  const defaults: TaskContext = {
    uuid: "task_00000000-0000-4000-8000-000000000000",
    name: "test",
    queue: "test",
    attempt: 1,
    errors: [],
    headers: new Map(),
    signal: new AbortController().signal,
    logger: silentLogger,
    progress: () => {},
  };
  return contextStorage.run({ ...defaults, ...context }, fn);
}
