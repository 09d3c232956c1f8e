import type { JsonSchema } from "../model.js";

/** What the schema of a structured type is called among the schemas of the module. */
export function definitionId(name: string): string {
  return `urn:machinery-ts:def:${name}`;
}

/**
 * A structured type's schema as the validators are compiled from it. Values come from `wire/json`, where a number may be a bigint
 * or a `JsonNumber`, and are to become what the interface says: bigint for `format: int64`, number for the other numbers. So a
 * number is first *read* (`goNumber`, which checks it and puts the converted one in its place), then checked by the other keywords.
 * An integer of no format is one that a double holds exactly.
 */
export function objectSchema(schema: JsonSchema): JsonSchema {
  const { type, format, $ref, properties, items, additionalProperties, ...rest } = schema;
  const mapped: JsonSchema = {
    ...rest,
    ...($ref !== undefined && { $ref: definitionId(String($ref).slice("#/$defs/".length)) }),
    ...(type !== undefined && { type }),
    ...(isSchema(properties) && { properties: mapValues(properties, objectSchema) }),
    ...(isSchema(items) && { items: objectSchema(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: isSchema(additionalProperties) ? objectSchema(additionalProperties) : additionalProperties,
    }),
  };
  const nullable = Array.isArray(type) && type.includes("null");
  // The contract allows no other keyword beside these formats.
  if (format === "int64" || format === "uint64") return { goNumber: { type: format, nullable } };
  if (type === "number" || (nullable && type.includes("number")))
    return { allOf: [{ goNumber: { type: "float64", nullable } }, mapped] };
  if (type === "integer" || (nullable && type.includes("integer"))) return { ...mapped, ...safeBounds(schema) };
  return format === undefined ? mapped : { ...mapped, format };
}

function safeBounds({ minimum, maximum }: JsonSchema): JsonSchema {
  return {
    minimum: Math.max(Number(minimum ?? Number.NEGATIVE_INFINITY), Number.MIN_SAFE_INTEGER),
    maximum: Math.min(Number(maximum ?? Number.POSITIVE_INFINITY), Number.MAX_SAFE_INTEGER),
  };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues(record: JsonSchema, map: (schema: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, isSchema(value) ? map(value) : value]));
}
