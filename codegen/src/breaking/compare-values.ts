import { quote } from "../contract/diagnostics.js";
import { isObject, itemsOf } from "../contract/record.js";
import type { JsonSchema } from "../model.js";
import { compareBounds } from "./compare-bounds.js";
import type { SchemaPlace } from "./compare-schemas.js";
import type { BreakingRuleId } from "./rules.js";

/** What has become of a value by its keywords but those of its parts; false where the types have nothing in common. */
export function compareValues(was: JsonSchema, is: JsonSchema, place: SchemaPlace): boolean {
  const { path, called, flow, changes } = place;
  const add = (id: BreakingRuleId, keyword: string, message: string) =>
    changes.add(id, [...path, keyword], `${called}: ${message}`, flow);
  const [then, now] = [kindOf(was), kindOf(is)];
  const message = `The type was ${then}, and is ${now}.`;
  if (then !== now) {
    const relation = widened(then, now) ? "WIDENED" : widened(now, then) ? "NARROWED" : "CHANGED";
    add(`SCHEMA_TYPE_${relation}`, "type", message);
    if (relation === "CHANGED") return false;
  }
  if (!isNullable(was) && isNullable(is)) add("NULL_ALLOWED", "type", "It may be null now.");
  if (isNullable(was) && !isNullable(is)) add("NULL_REFUSED", "type", "It may no longer be null.");
  compareEnums(was, is, place);
  compareBounds(was, is, place);
  comparePresence("PATTERN", "pattern", was.pattern, is.pattern, place);
  if (then === "string") comparePresence("FORMAT", "format", was.format, is.format, place);
  return true;
}

/** The type without null; with what makes another type of it in generated code. */
function kindOf({ type, format, additionalProperties }: JsonSchema): string {
  const types = [type].flat().filter((one) => one !== "null");
  const [only = "null"] = types as string[];
  if (only === "integer" && (format === "int64" || format === "uint64")) return `integer (${format})`;
  if (only === "object" && isObject(additionalProperties)) return "object (a map)";
  return only;
}

/** Whether one kind takes everything that another does. An integer without a format is one that a double holds exactly. */
function widened(then: string, now: string): boolean {
  return then === "integer" && (now === "number" || now === "integer (int64)");
}

function isNullable({ type }: JsonSchema): boolean {
  return Array.isArray(type) && type.includes("null");
}

function compareEnums(was: JsonSchema, is: JsonSchema, { path, called, flow, changes }: SchemaPlace): void {
  const [then, now] = [allowed(was), allowed(is)];
  const keyword = is.const !== undefined ? "const" : "enum";
  const add = (id: BreakingRuleId, message: string) => changes.add(id, [...path, keyword], `${called}: ${message}`, flow);
  if (then === undefined && now === undefined) return;
  if (then === undefined) add("ENUM_NARROWED", `Only ${list(now!)} ${now!.length === 1 ? "is" : "are"} allowed now.`);
  else if (now === undefined) add("ENUM_WIDENED", `Not only ${list(then)} ${then.length === 1 ? "is" : "are"} allowed now.`);
  else {
    const gone = then.filter((value) => !now.includes(value));
    const come = now.filter((value) => !then.includes(value));
    if (gone.length > 0) add("ENUM_NARROWED", `No longer allowed: ${list(gone)}.`);
    if (come.length > 0) add("ENUM_WIDENED", `Allowed now: ${list(come)}.`);
  }
}

/** The values that `enum` and `const` leave, as JSON. */
function allowed(schema: JsonSchema): string[] | undefined {
  const values = schema.const !== undefined ? [schema.const] : Array.isArray(schema.enum) ? itemsOf(schema.enum) : undefined;
  return values?.map((value) => JSON.stringify(value));
}

function list(values: readonly string[]): string {
  const shown = values.slice(0, 5).map((value) => (value.length > 40 ? `${value.slice(0, 37)}...` : value));
  return shown.join(", ") + (values.length > 5 ? ` and ${values.length - 5} more` : "");
}

/** Keywords of which nothing can be said but whether they are there, and the same. */
function comparePresence(
  family: "PATTERN" | "FORMAT",
  keyword: string,
  then: unknown,
  now: unknown,
  { path, called, flow, changes }: SchemaPlace,
): void {
  if (then === now) return;
  const at = [...path, keyword];
  if (then === undefined)
    changes.add(`${family}_NARROWED`, at, `${called}: The ${keyword} ${quote(now)} must be matched now.`, flow);
  else if (now === undefined)
    changes.add(`${family}_WIDENED`, at, `${called}: The ${keyword} ${quote(then)} need no longer be matched.`, flow);
  else changes.add(`${family}_CHANGED`, at, `${called}: The ${keyword} was ${quote(then)}, and is ${quote(now)}.`, flow);
}
