import type { JsonSchema, Parameter, Task } from "../model.js";
import { typeNameSchema, valueSchema } from "./value-schema.js";

/** What the schema of every message is called under `$defs`. No type of a contract has a dot in its name. */
export const envelopeName = "Machinery.Signature";

const id = { type: "string", maxLength: 200, pattern: "^[A-Za-z0-9._:-]*$" };
const callbacks = { type: ["array", "null"], items: { type: "object" } };

/** Machinery's Signature: what every message has, whatever its task. */
export const envelopeSchema: JsonSchema = {
  title: "Signature",
  description: "A task as it travels through a queue: Machinery's Signature.",
  type: "object",
  required: ["UUID", "Name"],
  properties: {
    UUID: { ...id, minLength: 1, description: "The key that the task's state is stored under; by custom `task_` and a UUID." },
    Name: { type: "string", description: "The task's name." },
    RoutingKey: { type: "string", maxLength: 255, description: "The queue; empty: the default queue." },
    ETA: { type: ["string", "null"], description: "Not to be run before: RFC 3339. null: at once." },
    GroupUUID: { ...id, description: "The group that the task is a member of, or empty." },
    GroupTaskCount: { type: "integer", minimum: 0, description: "How many members that group has." },
    Args: { type: ["array", "null"], description: "The arguments in order, each with its type." },
    Headers: {
      type: ["object", "null"],
      description: "`x-machinery-contract`: the hash of the task's part of the sender's contract.",
    },
    Priority: { type: "integer", minimum: 0, maximum: 255, description: "0, the default, is lowest." },
    Immutable: { type: "boolean", description: "The task takes no results of the one before it." },
    RetryCount: { type: "integer", minimum: 0, description: "How often it may still be tried again." },
    RetryTimeout: { type: "integer", minimum: 0, description: "Seconds before the next try." },
    OnSuccess: { ...callbacks, description: "Signatures that are sent when the task has succeeded, its results appended." },
    OnError: { ...callbacks, description: "Signatures that are sent when the task has failed, the error's text prepended." },
    ChordCallback: {
      type: ["object", "null"],
      description: "The signature that is sent when all members of the group have succeeded.",
    },
  },
};

/** A message of one task. */
export function messageSchema(task: Task): JsonSchema {
  const { name, aliases = [], description, args, variadic } = task;
  const fixed = variadic ? args.slice(0, -1) : args;
  const last = variadic ? args.at(-1) : undefined;
  const list: JsonSchema = {
    type: fixed.length === 0 ? ["array", "null"] : "array",
    ...(fixed.length > 0 && { prefixItems: fixed.map(argumentSchema), minItems: fixed.length }),
    items: last === undefined ? false : argumentSchema(last),
  };
  return {
    title: name,
    ...(description !== undefined && { description }),
    $ref: `#/$defs/${envelopeName}`,
    ...(fixed.length > 0 && { required: ["Args"] }),
    properties: { Name: aliases.length === 0 ? { const: name } : { enum: [name, ...aliases] }, Args: list },
  };
}

/** The state of a task that has succeeded, as it is kept in a result backend. */
export function resultSchema({ name, returns }: Task): JsonSchema {
  const list: JsonSchema =
    returns.length === 0
      ? { type: ["array", "null"], maxItems: 0 }
      : { type: "array", prefixItems: returns.map((result) => typedValue(result)), items: false, minItems: returns.length };
  return {
    title: `${name}: state`,
    description: "Machinery's TaskState of a task that has succeeded.",
    type: "object",
    required: ["TaskUUID", "State", "Results"],
    properties: {
      TaskUUID: { type: "string" },
      TaskName: { type: "string" },
      State: { const: "SUCCESS" },
      Results: list,
      Error: { type: "string" },
      CreatedAt: { type: ["string", "null"] },
    },
  };
}

function argumentSchema(parameter: Parameter): JsonSchema {
  const { properties, ...schema } = typedValue(parameter);
  return { ...schema, properties: { Name: { type: "string" }, ...(properties as object) } };
}

function typedValue({ name, description, type }: Parameter): JsonSchema {
  return {
    title: name,
    ...(description !== undefined && { description }),
    type: "object",
    required: ["Type", "Value"],
    properties: { Type: typeNameSchema(type), Value: valueSchema(type) },
  };
}
