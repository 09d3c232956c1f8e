import { quote } from "./diagnostics.js";
import type { Findings, Path } from "./findings.js";
import { isObject, itemsOf, member, membersOf } from "./record.js";
import { didYouMean } from "./suggest.js";

/** The names of an object's fields, and which of them are required. */
export function checkFields(schema: Record<string, unknown>, path: Path, findings: Findings): void {
  const properties = membersOf(schema.properties);
  for (const [name] of properties) checkFieldName(name, [...path, "properties", name], findings);
  for (const [index, name] of itemsOf(schema.required).entries()) {
    if (typeof name !== "string" || member(schema.properties, name) !== undefined) continue;
    const names = properties.map(([property]) => property);
    findings.error("ERR_SCHEMA_REQUIRED", [...path, "required", index], {
      message: `The object has no field ${quote(name)} that could be required.`,
      hint: didYouMean(name, names) ?? "Add it to properties.",
    });
  }
  if (properties.length > 0 && isObject(schema.additionalProperties)) {
    findings.error("ERR_SCHEMA_KEYWORD", [...path, "additionalProperties"], {
      message: "An object is either a record of named fields or a map of any names to one type.",
      hint: "Put the map into a field of its own.",
      atKey: true,
    });
  }
}

function checkFieldName(name: string, path: Path, findings: Findings): void {
  if (name === "__proto__" || name === "constructor" || name === "prototype") {
    findings.error("ERR_SCHEMA_KEY", path, {
      message: `A field ${quote(name)} could reach the prototype of a JavaScript object.`,
      hint: "Choose another name.",
      atKey: true,
    });
  } else if (name === "" || name.length > 128 || /[\p{C}\p{Zl}\p{Zp}]/u.test(name)) {
    findings.error("ERR_SCHEMA_KEY", path, {
      message: `${quote(name)} is no name for a field.`,
      hint: "A field's name has 1 to 128 characters, none of them a control or formatting character.",
      atKey: true,
    });
  }
}
