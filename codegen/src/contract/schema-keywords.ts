import { quote } from "./diagnostics.js";
import type { Findings, Path } from "./findings.js";
import { itemsOf } from "./record.js";

const numbers = ["integer", "number"];
const scalars = ["string", ...numbers, "boolean"];
const types = ["object", "array", ...scalars, "null"];

/** The types that a keyword belongs to. */
const belongsTo: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    type: types,
    enum: scalars,
    const: scalars,
    format: ["string", "integer"],
    minimum: numbers,
    maximum: numbers,
    exclusiveMinimum: numbers,
    exclusiveMaximum: numbers,
    multipleOf: numbers,
    minLength: ["string"],
    maxLength: ["string"],
    pattern: ["string"],
    items: ["array"],
    minItems: ["array"],
    maxItems: ["array"],
    uniqueItems: ["array"],
    properties: ["object"],
    required: ["object"],
    additionalProperties: ["object"],
    minProperties: ["object"],
    maxProperties: ["object"],
  }),
);

/** Whether it is the name of a type; what is none has been told by then. */
export function isType(name: unknown): name is string {
  return types.includes(name as string);
}

/** Every keyword but those for people is for values of certain types; beside another type it would say nothing. */
export function checkKeywords(schema: Record<string, unknown>, types: readonly string[], path: Path, findings: Findings): void {
  for (const keyword of Object.keys(schema)) {
    const owners = belongsTo.get(keyword);
    if (owners === undefined || owners.some((owner) => types.includes(owner))) continue;
    findings.error("ERR_SCHEMA_TYPE", [...path, keyword], {
      message: `${quote(keyword)} is for ${owners.join(" or ")}; this schema's type is ${types.join(" or ")}.`,
      hint: "Remove it, or change the type.",
      atKey: true,
    });
  }
  if (types.includes("array") && !Object.hasOwn(schema, "items")) {
    findings.error("ERR_SCHEMA_TYPE", path, { message: "The array does not say what it holds.", hint: "Add items with a schema." });
  }
}

/** Beside a `$ref` only words for people may stand. */
export function checkBesideReference(schema: Record<string, unknown>, path: Path, findings: Findings): void {
  for (const keyword of Object.keys(schema)) {
    if (!belongsTo.has(keyword)) continue;
    findings.error("ERR_SCHEMA_KEYWORD", [...path, keyword], {
      message: `Beside $ref, ${quote(keyword)} would change the type that is referred to.`,
      hint: "Define another type under $defs.",
      atKey: true,
    });
  }
}

export function checkTyped(schema: Record<string, unknown>, path: Path, findings: Findings): void {
  if (Object.hasOwn(schema, "type")) return;
  findings.error("ERR_SCHEMA_TYPE", path, { message: "The schema does not say its type.", hint: typeHint(schema) });
}

function typeHint(schema: Record<string, unknown>): string {
  for (const keyword of ["properties", "items", "pattern", "minLength", "maxLength", "minimum", "maximum"]) {
    if (Object.hasOwn(schema, keyword)) return `Add type: ${belongsTo.get(keyword)!.at(-1)}.`;
  }
  return "Add a type, or a $ref to another schema.";
}

/** The formats that make an integer a bigint. */
const wide = new Set(["int64", "uint64"]);

export function checkFormat(schema: Record<string, unknown>, types: readonly string[], path: Path, findings: Findings): void {
  const { format } = schema;
  if (typeof format !== "string") return;
  const owner = wide.has(format) ? "integer" : "string";
  if (!types.includes(owner)) {
    findings.error("ERR_SCHEMA_FORMAT", [...path, "format"], {
      message: `The format ${quote(format)} is for the type ${owner}; this schema's type is ${types.join(" or ")}.`,
      hint: "Remove it, or change the type.",
    });
  }
  if (!wide.has(format)) return;
  for (const keyword of ["multipleOf", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]) {
    if (!Object.hasOwn(schema, keyword)) continue;
    findings.error("ERR_SCHEMA_KEYWORD", [...path, keyword], {
      message: `An integer of format ${format} has all the values of its type; ${quote(keyword)} would be read as a double.`,
      hint: "Remove the keyword, or the format.",
      atKey: true,
    });
  }
}

/** The values of `enum` and `const` are of the schema's type. */
export function checkLiterals(schema: Record<string, unknown>, types: readonly string[], path: Path, findings: Findings): void {
  const literals: [Path, unknown][] = itemsOf(schema.enum).map((value, index) => [[...path, "enum", index], value]);
  if (Object.hasOwn(schema, "const")) literals.push([[...path, "const"], schema.const]);
  for (const [at, value] of literals) {
    if (typeof value === "object" && value !== null) continue;
    if (types.some((type) => isOfType(value, type))) continue;
    findings.error("ERR_SCHEMA_VALUE", at, {
      message: `${quote(value)} is not of the schema's type, ${types.join(" or ")}.`,
      hint: types.includes("string") ? "Put it in quotation marks, or change the type." : "Change it, or the type.",
    });
  }
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
