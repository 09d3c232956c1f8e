import { defaultQueue, exampleMessage, exampleState } from "../example/message.js";
import { generatedFrom } from "../header.js";
import { envelopeName, envelopeSchema, messageSchema, resultSchema } from "../json-schema/message-schema.js";
import type { JsonSchema, Model, Task } from "../model.js";
import { draft07 } from "./draft-07.js";

/** The channel that stands for the result backend, which is no queue and has no address there. */
const results = "results";

/**
 * A contract as AsyncAPI 3.0, from the workers' side: a channel for each queue, and for each task an operation that receives its message and
 * replies with its result, by the result backend.
 *
 * @param version of the contract: `info.version`
 */
export function asyncApiDocument(model: Model, version: string): JsonSchema {
  const queues = new Queues(model);
  return {
    asyncapi: "3.0.0",
    id: `urn:machinery:contract:${model.package}`,
    "x-generated-by": generatedFrom(model),
    info: {
      title: `Tasks of ${model.package}`,
      version,
      description:
        "Messages are Machinery's signatures, as JSON. Integers are plain digits; those of 64 bits need a reader that keeps every digit.",
    },
    defaultContentType: "application/json",
    channels: { ...queues.channels(), [results]: resultsChannel(model) },
    operations: Object.fromEntries(model.tasks.map((task) => [task.identifier, operation(task, queues)])),
    components: {
      messages: Object.fromEntries(model.tasks.flatMap((task) => messages(model, task))),
      schemas: {
        ...Object.fromEntries(model.defs.map(({ name, schema }) => [name, draft07(schema)])),
        [envelopeName]: draft07(envelopeSchema),
      },
    },
  };
}

/** The queues of a contract's tasks, each with a key that a reference can name. */
class Queues {
  readonly #tasks: readonly Task[];
  readonly #keys = new Map<string, string>();

  constructor({ tasks }: Model) {
    this.#tasks = tasks;
    const taken = new Set([results]);
    for (const name of new Set(tasks.map(queueOf))) {
      const plain = name.replace(/[^A-Za-z0-9_-]/g, "_");
      let key = plain;
      for (let count = 2; taken.has(key); count++) key = `${plain}_${count}`;
      taken.add(key);
      this.#keys.set(name, key);
    }
  }

  key(task: Task): string {
    return this.#keys.get(queueOf(task))!;
  }

  channels(): { readonly [key: string]: JsonSchema } {
    const channels = [...this.#keys].map(([name, key]) => {
      const tasks = this.#tasks.filter((task) => queueOf(task) === name);
      return [
        key,
        { address: name, title: name === defaultQueue ? "The default queue" : `The queue ${name}`, messages: references(tasks) },
      ];
    });
    return Object.fromEntries(channels);
  }
}

function queueOf({ policy }: Task): string {
  return policy.queue ?? defaultQueue;
}

function references(tasks: readonly Task[], suffix = ""): { readonly [name: string]: JsonSchema } {
  return Object.fromEntries(
    tasks.map(({ identifier }) => [`${identifier}${suffix}`, { $ref: `#/components/messages/${identifier}${suffix}` }]),
  );
}

function resultsChannel({ tasks }: Model): JsonSchema {
  return {
    address: null,
    title: "The result backend",
    description: "Where the state of a task is kept, under its UUID.",
    messages: references(tasks, ".state"),
  };
}

function operation(task: Task, queues: Queues): JsonSchema {
  const { identifier, name, description } = task;
  const channel = queues.key(task);
  return {
    action: "receive",
    title: name,
    ...(description !== undefined && { description }),
    channel: { $ref: `#/channels/${channel}` },
    messages: [{ $ref: `#/channels/${channel}/messages/${identifier}` }],
    reply: {
      channel: { $ref: `#/channels/${results}` },
      messages: [{ $ref: `#/channels/${results}/messages/${identifier}.state` }],
    },
  };
}

function messages(model: Model, task: Task): [key: string, message: JsonSchema][] {
  const { identifier, name } = task;
  return [
    [
      identifier,
      {
        name,
        title: name,
        contentType: "application/json",
        payload: draft07(messageSchema(task)),
        examples: [{ payload: exampleMessage(model, task) }],
      },
    ],
    [
      `${identifier}.state`,
      {
        name: `${name} state`,
        title: `The result of ${name}`,
        contentType: "application/json",
        correlationId: { location: "$message.payload#/TaskUUID", description: "The UUID of the task's message." },
        payload: draft07(resultSchema(task)),
        examples: [{ payload: exampleState(model, task) }],
      },
    ],
  ];
}
