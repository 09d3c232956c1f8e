import type { Model, Parameter, Task } from "../model.js";
import { plainJson } from "./code.js";
import { exampleValue } from "./value.js";

/** What Machinery calls the queue of whoever names none. */
export const defaultQueue = "machinery_tasks";

/** A message as senders write it, without what would be another each time. */
export function exampleMessage(model: Pick<Model, "defs">, task: Task): Record<string, unknown> {
  const { policy } = task;
  return {
    UUID: "task_0198d7c4-5a6e-7c31-8f2b-3d4e5f607182",
    Name: task.name,
    RoutingKey: policy.queue ?? defaultQueue,
    ETA: null,
    GroupUUID: "",
    GroupTaskCount: 0,
    Args: task.args.map((arg) => ({ Name: "", ...wireValue(model, arg) })),
    Headers: { "x-machinery-contract": task.hash },
    Immutable: false,
    RetryCount: policy.retryCount ?? 0,
    RetryTimeout: policy.retryTimeoutSeconds ?? 0,
    OnSuccess: null,
    OnError: null,
    ChordCallback: null,
  };
}

/** The state of a task that has succeeded, as a result backend keeps it. */
export function exampleState(model: Pick<Model, "defs">, task: Task): Record<string, unknown> {
  return {
    TaskUUID: "task_0198d7c4-5a6e-7c31-8f2b-3d4e5f607182",
    TaskName: task.name,
    State: "SUCCESS",
    Results: task.returns.map((result) => wireValue(model, result)),
    Error: "",
    CreatedAt: "2026-01-31T12:00:00Z",
  };
}

function wireValue(model: Pick<Model, "defs">, parameter: Parameter): { Type: string; Value: unknown } {
  const value = plainJson(exampleValue(model, parameter));
  return parameter.type.kind === "scalar"
    ? { Type: parameter.type.go, Value: value }
    : { Type: "string", Value: JSON.stringify(value) };
}
