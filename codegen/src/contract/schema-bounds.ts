import type { Findings, Path } from "./findings.js";
import { itemsOf, membersOf } from "./record.js";

/** Bounds between which there is nothing: no value could ever be valid. */
export function checkBounds(schema: Record<string, unknown>, path: Path, findings: Findings): void {
  for (const [lower, upper] of [
    ["minLength", "maxLength"],
    ["minItems", "maxItems"],
    ["minProperties", "maxProperties"],
    ["minimum", "maximum"],
    ["minimum", "exclusiveMaximum"],
    ["exclusiveMinimum", "maximum"],
    ["exclusiveMinimum", "exclusiveMaximum"],
  ] as const) {
    const low = schema[lower];
    const high = schema[upper];
    if (typeof low !== "number" || typeof high !== "number") continue;
    const open = lower.startsWith("exclusive") || upper.startsWith("exclusive");
    if (low < high || (low === high && !open)) continue;
    findings.error("ERR_SCHEMA_RANGE", [...path, upper], {
      message: `Nothing lies between ${lower} ${low} and ${upper} ${high}.`,
      hint: "Exchange or correct them.",
      atKey: true,
    });
  }
  checkFieldCount(schema, path, findings);
}

function checkFieldCount(schema: Record<string, unknown>, path: Path, findings: Findings): void {
  const { minProperties, maxProperties, additionalProperties } = schema;
  const fields = membersOf(schema.properties).length;
  if (typeof minProperties === "number" && additionalProperties === false && minProperties > fields) {
    findings.error("ERR_SCHEMA_RANGE", [...path, "minProperties"], {
      message: `The object has ${fields} fields, fewer than minProperties ${minProperties}.`,
      hint: "Lower it.",
      atKey: true,
    });
  }
  if (typeof maxProperties === "number" && maxProperties < itemsOf(schema.required).length) {
    findings.error("ERR_SCHEMA_RANGE", [...path, "maxProperties"], {
      message: `More fields are required than maxProperties ${maxProperties} allows.`,
      hint: "Raise it.",
      atKey: true,
    });
  }
}
