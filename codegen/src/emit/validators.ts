import { ts } from "ts-morph";
import { takenAs } from "../go-widening.js";
import type { JsonSchema, Model, ObjectType, ScalarType, Task, TaskVersion } from "../model.js";
import { type RuntimeName, validateModule } from "../symbols.js";
import { wireType } from "./codecs.js";
import { type Module, runtimeImport } from "./module.js";
import { definitionId, objectSchema } from "./object-schema.js";
import { type NamedSchema, standalone } from "./standalone.js";
import { exportedConst, exportedInterface, identifier, importOf, readonlyProperty, record, typeReference } from "./syntax.js";

/**
 * `validators.ts`: for each task, the whole message (`tasks`); for each structured type, the object (`objects`). What all messages have
 * in common, Machinery's Signature, is checked by the runtime's own validator.
 */
export function validatorsModule(model: Model): Module {
  const objects = model.defs.map(({ name, identifier: typeName, schema }) => ({
    id: definitionId(name),
    name: typeName,
    schema: objectSchema(schema),
  }));
  const tasks = model.tasks.map((task) => ({
    id: `task:${task.identifier}`,
    name: task.identifier,
    schema: messageSchema(task, task),
  }));
  const versions = model.tasks.flatMap((task) =>
    task.versions.map((version, index) => ({
      id: `version:${versionName(task.identifier, index)}`,
      name: `version_${versionName(task.identifier, index)}`,
      key: versionName(task.identifier, index),
      schema: messageSchema(task, version),
    })),
  );
  const { imports, statements, functions } = standalone([envelope, ...objects, ...tasks, ...versions]);
  const table = (schemas: readonly KeyedSchema[]) =>
    record(schemas.map(({ id, name, key = name }) => [key, identifier(functions.get(id)!)]));
  const members = (schemas: readonly KeyedSchema[]) =>
    schemas.map(({ name, key = name }) => readonlyProperty(key, typeReference("Validator")));
  return {
    path: "validators.ts",
    unchecked: true,
    statements: [
      runtimeImport("type Validator", "validateEnvelope"),
      ...(imports.length === 0 ? [] : [importOf(imports, validateModule)]),
      exportedInterface("Tasks", members(tasks)),
      exportedInterface("Objects", members(objects)),
      ...(versions.length === 0 ? [] : [exportedInterface("Versions", members(versions))]),
      exportedConst("tasks", typeReference("Tasks"), table(tasks)),
      exportedConst("objects", typeReference("Objects"), table(objects)),
      ...(versions.length === 0 ? [] : [exportedConst("versions", typeReference("Versions"), table(versions))]),
      ...statements.filter((statement) => !isEnvelope(statement)),
    ],
  };
}

/** A schema, and what it is called in its table where that is not the function's name. */
interface KeyedSchema extends NamedSchema {
  readonly key?: string;
}

/** What an older version of a task is called in the table of validators; `index` 0 is version 1. */
export function versionName(task: string, index: number): string {
  return `${task}_${index + 1}`;
}

/** In the place of Machinery's Signature, so that AJV calls its function; the one that it makes of this gives way to the runtime's. */
const envelope: NamedSchema = { id: "urn:machinery-ts:envelope", name: "envelope", schema: { type: "object" } };

function isEnvelope(statement: ts.Statement): boolean {
  return ts.isFunctionDeclaration(statement) && statement.name?.text === ("validateEnvelope" satisfies RuntimeName);
}

/** A message of this task: the envelope, the task's name, and its arguments, each of which the envelope has seen to be one. */
function messageSchema(
  { name, aliases }: Pick<Task, "name" | "aliases">,
  { args, variadic }: Pick<TaskVersion, "args" | "variadic">,
): JsonSchema {
  const items = args.map(({ type }) => argumentSchema(type));
  const fixed = variadic ? items.slice(0, -1) : items;
  return {
    type: "object",
    $ref: envelope.id,
    ...(fixed.length > 0 && { required: ["Args"] }),
    properties: {
      Name: aliases === undefined ? { const: name } : { enum: [name, ...aliases] },
      Args: {
        type: fixed.length === 0 ? ["array", "null"] : "array",
        ...(!variadic && { maxItems: fixed.length }),
        ...(fixed.length > 0 && { minItems: fixed.length, prefixItems: fixed }),
        ...(variadic && { items: items.at(-1) }),
      },
    },
  };
}

function argumentSchema(type: ScalarType | ObjectType): JsonSchema {
  const wire = wireType(type);
  return {
    type: "object",
    properties: { Type: typeSchema(wire), Value: { goType: wire } },
  };
}

/** A type may come as one that it holds, so that a contract can widen it while older senders are about. */
function typeSchema(wire: string): JsonSchema {
  const types = wire === "[]uint8" ? [wire, "[]byte"] : takenAs(wire);
  return types.length === 1 ? { const: wire } : { enum: types };
}
