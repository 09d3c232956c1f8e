import type { JsonSchema } from "../model.js";

/**
 * A schema of 2020-12 in the words of draft 7, which AsyncAPI's schemas are written in; what was under `$defs` is under
 * `components/schemas`.
 */
export function draft07({ prefixItems, items, contentSchema, $ref, $comment: _, deprecated: __, ...rest }: JsonSchema): JsonSchema {
  const plain: JsonSchema = {
    ...Object.fromEntries(Object.entries(rest).map(([keyword, value]) => [keyword, converted(keyword, value)])),
    ...(Array.isArray(prefixItems)
      ? {
          items: prefixItems.map(draft07),
          ...(items !== undefined && { additionalItems: items === false ? false : draft07(items as JsonSchema) }),
        }
      : items !== undefined && (items === false ? { maxItems: 0 } : { items: draft07(items as JsonSchema) })),
    ...(isSchema(contentSchema) && { "x-content-schema": draft07(contentSchema) }),
  };
  if (typeof $ref !== "string") return plain;
  const reference = { $ref: $ref.replace("#/$defs/", "#/components/schemas/") };
  // Draft 7 looks at nothing that stands beside a $ref.
  return Object.keys(plain).length === 0 ? reference : { allOf: [reference], ...plain };
}

function converted(keyword: string, value: unknown): unknown {
  if (keyword === "properties") {
    return Object.fromEntries(Object.entries(value as Record<string, JsonSchema>).map(([name, schema]) => [name, draft07(schema)]));
  }
  return keyword === "additionalProperties" && isSchema(value) ? draft07(value) : value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
