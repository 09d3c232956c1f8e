import { generatedFrom } from "../header.js";
import type { JsonSchema, Model } from "../model.js";
import { envelopeName, envelopeSchema, messageSchema, resultSchema } from "./message-schema.js";

/**
 * A contract as one JSON Schema 2020-12: it is that of the contract's messages. Under `$defs` stand the structured types by their names, and
 * for each task `add.message` and `add.state`.
 */
export function jsonSchemaDocument(model: Model): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:machinery:contract:${model.package}`,
    $comment: generatedFrom(model),
    title: `Messages of ${model.package}`,
    oneOf: model.tasks.map(({ identifier }) => ({ $ref: `#/$defs/${identifier}.message` })),
    $defs: definitions(model),
  };
}

function definitions({ tasks, defs }: Model): { readonly [name: string]: JsonSchema } {
  return {
    ...Object.fromEntries(defs.map(({ name, schema }) => [name, schema])),
    [envelopeName]: envelopeSchema,
    ...Object.fromEntries(
      tasks.flatMap((task) => [
        [`${task.identifier}.message`, messageSchema(task)],
        [`${task.identifier}.state`, resultSchema(task)],
      ]),
    ),
  };
}
