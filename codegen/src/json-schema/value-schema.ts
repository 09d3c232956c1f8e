import type { JsonSchema, ObjectType, ScalarType } from "../model.js";

/** What a value of a contract's type is on the wire, as JSON Schema 2020-12; structured types are those under `$defs`. */
export function valueSchema(type: ScalarType | ObjectType): JsonSchema {
  if (type.kind === "object") {
    return { type: "string", contentMediaType: "application/json", contentSchema: { $ref: `#/$defs/${type.def}` } };
  }
  const { go } = type;
  if (go === "[]uint8") return { type: ["string", "null"], contentEncoding: "base64" };
  if (go.startsWith("[]")) return { type: ["array", "null"], items: scalarSchema(go.slice(2)) };
  return scalarSchema(go);
}

/** The names of the type that a message may give. */
export function typeNameSchema(type: ScalarType | ObjectType): JsonSchema {
  if (type.kind === "object") return { const: "string" };
  return type.go === "[]uint8" ? { enum: ["[]uint8", "[]byte"] } : { const: type.go };
}

function scalarSchema(go: string): JsonSchema {
  if (go === "bool") return { type: "boolean" };
  if (go === "string") return { type: "string" };
  if (go === "float32") return { type: "number", format: "float" };
  if (go === "float64") return { type: "number", format: "double" };
  const unsigned = go.startsWith("u");
  const bits = Number(go.replace(/^u?int/, "") || 64);
  // The ends of 64 bits are no numbers that every reader of a schema reads exactly; the format says them.
  if (bits === 64) return { type: "integer", format: unsigned ? "uint64" : "int64", ...(unsigned && { minimum: 0 }) };
  const [minimum, maximum] = unsigned ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return { type: "integer", minimum, maximum };
}
