import type { Path } from "../contract/findings.js";
import { isObject, member, membersOf } from "../contract/record.js";

export interface PlacedSchema {
  readonly schema: Record<string, unknown>;
  readonly path: Path;
}

/** Every schema under `$defs`, those inside others too. */
export function* schemasIn(contract: unknown): Generator<PlacedSchema> {
  for (const [name, schema] of membersOf(member(contract, "$defs"))) yield* within(schema, ["$defs", name]);
}

function* within(schema: unknown, path: Path): Generator<PlacedSchema> {
  if (!isObject(schema)) return;
  yield { schema, path };
  for (const [name, property] of membersOf(schema.properties)) yield* within(property, [...path, "properties", name]);
  for (const keyword of ["items", "additionalProperties"]) yield* within(schema[keyword], [...path, keyword]);
}
