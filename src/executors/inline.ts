import type { Handler } from "../gen/v1/dispatcher.js";
import { contextStorage, type TaskContext } from "./context.js";

/** Who hears how a run ended; exactly one of the two is called, once. */
export interface Outcome<Task> {
  returned(task: Task, value: unknown): void;
  threw(task: Task, error: unknown): void;
}

/** How a handler is called: directly, or through middlewares. */
export type Invoke = (task: TaskContext, handler: Handler, args: readonly unknown[]) => unknown;

/** Runs a handler on the event loop, inside its context. A handler that returns no promise costs no promise. */
export function runInline<Task extends TaskContext>(
  task: Task,
  invoke: Invoke,
  handler: Handler,
  args: readonly unknown[],
  outcome: Outcome<Task>,
): void {
  let value: unknown;
  try {
    value = contextStorage.run(task, invoke, task, handler, args);
    if (isThenable(value)) {
      // A promise keeps its word to settle once; what else has a `then` is made one.
      hear(task, value instanceof Promise ? value : Promise.resolve(value), outcome);
      return;
    }
  } catch (error) {
    outcome.threw(task, error);
    return;
  }
  outcome.returned(task, value);
}

/** Tells how a run ends that is under way. */
export function hear<Task>(task: Task, promise: Promise<unknown>, outcome: Outcome<Task>): void {
  promise.then(
    (result) => outcome.returned(task, result),
    (error) => outcome.threw(task, error),
  );
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}
