import { quote } from "../contract/diagnostics.js";
import type { Path } from "../contract/findings.js";
import { isObject, itemsOf, membersOf } from "../contract/record.js";
import type { JsonSchema } from "../model.js";
import type { SchemaPlace } from "./compare-schemas.js";
import type { BreakingRuleId } from "./rules.js";

/** The fields of an object, then and now. */
export function compareFields(
  was: JsonSchema,
  is: JsonSchema,
  { path, called, flow, changes }: SchemaPlace,
  compare: (was: JsonSchema, is: JsonSchema, path: Path) => void,
): void {
  const [older, newer] = [new Map(membersOf(was.properties)), new Map(membersOf(is.properties))];
  const [needed, needs] = [new Set(itemsOf(was.required)), new Set(itemsOf(is.required))];
  const [wasClosed, isClosed] = [was.additionalProperties === false, is.additionalProperties === false];
  const add = (id: BreakingRuleId, at: Path, message: string) => changes.add(id, at, message, flow);

  for (const [name, then] of older) {
    const at = [...path, "properties", name];
    const field = `The field ${quote(name)} of ${called}`;
    const now = newer.get(name);
    if (now === undefined) {
      const required = needed.has(name) ? "required " : "";
      add(
        required === "" ? "FIELD_DELETED" : "FIELD_DELETED_REQUIRED",
        at,
        `The ${required}field ${quote(name)} of ${called} is gone.`,
      );
      if (isClosed) add("FIELD_DELETED_FROM_CLOSED", at, `${field} is gone, and refused as every field that is not named.`);
      continue;
    }
    if (!needed.has(name) && needs.has(name)) add("FIELD_MADE_REQUIRED", at, `${field} is required now.`);
    if (needed.has(name) && !needs.has(name)) add("FIELD_MADE_OPTIONAL", at, `${field} may be missing now.`);
    compare(then as JsonSchema, now as JsonSchema, at);
  }
  for (const name of newer.keys()) {
    if (older.has(name)) continue;
    const at = [...path, "properties", name];
    const required = needs.has(name) ? "required " : "";
    add(required === "" ? "FIELD_ADDED" : "FIELD_ADDED_REQUIRED", at, `The ${required}field ${quote(name)} of ${called} is new.`);
    if (wasClosed) add("FIELD_ADDED_TO_CLOSED", at, `The field ${quote(name)} of ${called} is new, and older readers refuse it.`);
  }
  if (isObject(was.additionalProperties) || isObject(is.additionalProperties)) return;
  const at = [...path, "additionalProperties"];
  if (!wasClosed && isClosed) add("FIELDS_CLOSED", at, `Fields of ${called} that are not named are refused now.`);
  if (wasClosed && !isClosed) add("FIELDS_OPENED", at, `Fields of ${called} that are not named are let through now.`);
}
