import type { Findings, Path } from "./findings.js";
import { checkCollisions, checkDefinitionName } from "./names.js";
import { checkPattern } from "./pattern.js";
import { isObject, member, membersOf } from "./record.js";
import { checkCycles, checkReference } from "./references.js";
import { checkBounds } from "./schema-bounds.js";
import { checkFields } from "./schema-fields.js";
import { checkBesideReference, checkFormat, checkKeywords, checkLiterals, checkTyped, isType } from "./schema-keywords.js";

/** What the contract's JSON Schema cannot say of the structured types under `$defs`. */
export function checkSchemas(contract: unknown, findings: Findings): void {
  const definitions = membersOf(member(contract, "$defs"));
  checkCollisions(
    definitions.map(([name]) => name),
    ["$defs"],
    findings,
  );
  const endless = checkCycles(contract, findings);
  for (const [name, schema] of definitions) {
    const path = ["$defs", name];
    checkDefinitionName(name, path, findings);
    checkSchema(contract, schema, path, findings);
    if (member(schema, "$ref") === undefined || endless.has(name)) continue;
    findings.error("ERR_SCHEMA_TYPE", path, {
      message: `${name} is only another name for a type.`,
      hint: "Refer to that type where it is used, and remove this one.",
      atKey: true,
    });
  }
}

function checkSchema(contract: unknown, schema: unknown, path: Path, findings: Findings): void {
  if (!isObject(schema)) return;
  if (Object.hasOwn(schema, "$ref")) {
    checkReference(contract, schema.$ref, [...path, "$ref"], findings);
    checkBesideReference(schema, path, findings);
    return;
  }
  checkTyped(schema, path, findings);
  const types = [schema.type].flat().filter(isType);
  if (types.length > 0) {
    checkKeywords(schema, types, path, findings);
    checkFormat(schema, types, path, findings);
    checkLiterals(schema, types, path, findings);
  }
  checkBounds(schema, path, findings);
  checkFields(schema, path, findings);
  if (types.includes("string")) checkPattern(schema, path, findings);
  for (const [name, property] of membersOf(schema.properties)) {
    checkSchema(contract, property, [...path, "properties", name], findings);
  }
  for (const keyword of ["items", "additionalProperties"]) checkSchema(contract, schema[keyword], [...path, keyword], findings);
}
