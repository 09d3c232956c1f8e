import { bare, canonicalJson, referencesIn } from "../contract/canonical.js";
import { quote } from "../contract/diagnostics.js";
import { isObject, itemsOf, member, membersOf } from "../contract/record.js";
import { referenced } from "../contract/references.js";
import type { Problems } from "./problems.js";
import { type PlacedSchema, schemasIn } from "./schemas-in.js";

export function lintSchemas(contract: unknown, problems: Problems): void {
  for (const placed of schemasIn(contract)) {
    lintNumbers(placed, problems);
    lintObjects(placed, problems);
    lintSizes(placed, problems);
    const { schema, path } = placed;
    if (itemsOf(schema.enum).length === 1) problems.add("AMBIGUOUS_ENUM", [...path, "enum"], "The enum has one value.");
  }
  lintTwins(contract, problems);
  lintUse(contract, problems);
}

function lintNumbers({ schema, path }: PlacedSchema, problems: Problems): void {
  const { multipleOf, maximum, exclusiveMaximum, format } = schema;
  const limits = [maximum, exclusiveMaximum, format, schema.enum, schema.const];
  if (has(schema, "integer") && limits.every((limit) => limit === undefined)) {
    problems.add("AMBIGUOUS_INTEGER", path, "The integer has no greatest value and no format.");
  }
  if (typeof multipleOf === "number" && !Number.isInteger(multipleOf)) {
    problems.add("AMBIGUOUS_DECIMAL", [...path, "multipleOf"], `${multipleOf} is a fraction.`);
  }
}

function lintObjects({ schema, path }: PlacedSchema, problems: Problems): void {
  const required = new Set(itemsOf(schema.required));
  for (const [name, property] of membersOf(schema.properties)) {
    if (required.has(name) || !has(property, "null")) continue;
    problems.add("AMBIGUOUS_NULL", [...path, "properties", name], `The field ${quote(name)} may be missing, and null as well.`);
  }
  if (schema.additionalProperties === false) {
    problems.add("GROWTH_CLOSED", [...path, "additionalProperties"], "Fields that are not named are refused.");
  }
}

const thousand = 1_000;

function lintSizes({ schema, path }: PlacedSchema, problems: Problems): void {
  const { maxItems, maxProperties, uniqueItems, additionalProperties, items } = schema;
  if (has(schema, "array") && maxItems === undefined) problems.add("COSTLY_ARRAY", path, "The array has no greatest length.");
  if (isObject(additionalProperties) && maxProperties === undefined)
    problems.add("COSTLY_MAP", path, "The map has no greatest size.");
  const compared = uniqueItems === true && !["string", "integer", "number", "boolean"].some((type) => has(items, type));
  if (compared && !(typeof maxItems === "number" && maxItems <= thousand)) {
    problems.add("COSTLY_UNIQUE", [...path, "uniqueItems"], "The items are compared with each other.");
  }
}

function lintTwins(contract: unknown, problems: Problems): void {
  const seen = new Map<string, string>();
  for (const [name, schema] of membersOf(member(contract, "$defs"))) {
    const text = canonicalJson(bare(schema));
    const first = seen.get(text);
    if (first === undefined) seen.set(text, name);
    else problems.add("AMBIGUOUS_TWIN", ["$defs", name], `${quote(name)} is the same type as ${quote(first)}.`);
  }
}

function lintUse(contract: unknown, problems: Problems): void {
  const definitions = member(contract, "$defs");
  const used = new Set<string>();
  const use = (name: string): void => {
    if (used.has(name)) return;
    used.add(name);
    for (const next of referencesIn(member(definitions, name))) use(next);
  };
  for (const [, task] of membersOf(member(contract, "tasks"))) {
    const versions = [task, ...itemsOf(member(task, "versions"))];
    for (const parameter of versions.flatMap((one) => [...itemsOf(member(one, "args")), ...itemsOf(member(one, "returns"))])) {
      const reference = member(member(parameter, "type"), "$ref");
      if (typeof reference === "string") use(referenced(reference));
    }
  }
  for (const [name] of membersOf(definitions)) {
    if (!used.has(name)) problems.add("TYPE_UNUSED", ["$defs", name], `No task uses ${quote(name)}.`);
  }
}

function has(schema: unknown, type: string): boolean {
  return [member(schema, "type")].flat().includes(type);
}
