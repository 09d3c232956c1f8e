import type { Message } from "../../brokers/broker.js";
import { MachineryError } from "../../errors.js";
import { definitionOf } from "../../gen/v1/builder.js";
import type { TaskDefinition } from "../../gen/v1/task.js";
import type { AsyncResult } from "../../results/async-result.js";
import type { Server } from "../../server/server.js";
import type { JsonValue } from "../../wire/json-value.js";
import { parseMessage } from "../../wire/message.js";
import type { WireSignature } from "../../wire/signature.js";
import type { ResultOf } from "../../workflow/fit.js";
import type { Signature } from "../../workflow/signature.js";

/** A task builder of generated code: `tasks.add`. */
export type Task = (...args: any[]) => Signature;

/** One call of a task that was sent: by a sender, in a workflow, or as what follows another task. */
export interface SentTask<T extends Task = Task> {
  readonly uuid: string;
  /** Its arguments, results of the task before it included. */
  readonly args: Parameters<T>;
  readonly queue: string;
  /** Not to be run before. */
  readonly eta?: Date;
  readonly headers: { readonly [name: string]: JsonValue };
  /** What it comes to; after a `drain` it is there. */
  readonly result: AsyncResult<ResultOf<ReturnType<T>>>;
}

/** The name and the id of a message's task. */
export function taskOf(body: Uint8Array): { readonly name: string; readonly uuid: string } {
  const { Name, UUID } = parseMessage(body) as unknown as WireSignature;
  return { name: Name, uuid: UUID };
}

/** The definition that a builder is of. */
export function taskDefinition(task: Task): TaskDefinition {
  const definition = definitionOf(task);
  if (definition !== undefined) return definition;
  throw new MachineryError("ERR_ARG_VALUE", "that is no task builder of generated code.", {
    hint: "Give it one of `tasks`, such as tasks.add, and not one of `senders`.",
  });
}

export function readSent<T extends Task>(
  server: Server,
  definition: TaskDefinition,
  { body, queue, notBefore }: Message,
): SentTask<T> {
  const { UUID, Args, Headers } = parseMessage(body) as unknown as WireSignature;
  return {
    uuid: UUID,
    args: definition.decodeArgs(Args ?? []) as Parameters<T>,
    queue,
    ...(notBefore !== undefined && { eta: new Date(notBefore) }),
    headers: Headers ?? {},
    result: server.asyncResult(UUID, definition.decodeResults as never),
  };
}
