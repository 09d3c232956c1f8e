import type { TaskContext } from "../executors/context.js";
import type { Invoke } from "../executors/inline.js";

/**
 * Wraps the run of every task: call `next` to go on, and return what it returns, or something else. What it throws fails the task.
 * It runs between STARTED and the terminal state, inside the task's context.
 */
export type Middleware = (task: TaskContext, next: () => Promise<unknown>) => unknown;

/** With no middlewares. */
export const direct: Invoke = (_task, handler, args) => handler(...args);

/** The middlewares, outermost first, around the handler. With none of them nothing is added to the way of a task. */
export function compose(middlewares: readonly Middleware[]): Invoke {
  return middlewares.reduceRight<Invoke>(
    (inner, middleware) => (task, handler, args) => middleware(task, async () => inner(task, handler, args)),
    direct,
  );
}
