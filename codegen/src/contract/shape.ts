import type { AnySchema, ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonSchema } from "../model.js";
import type { ContractErrorCode } from "./diagnostics.js";
import { explain } from "./explain.js";
import { type Findings, pathOf } from "./findings.js";
import { membersOf } from "./record.js";

/** Holds a contract against its JSON Schema, the one that editors use, and tells each fault at its place in the text. */
export function checkShape(value: unknown, contractSchema: JsonSchema, findings: Findings): void {
  const { validate, definitions } = compiled(contractSchema);
  if (validate(value)) return;
  for (const error of validate.errors ?? []) {
    const definition = definitions.get(error.parentSchema) ?? "";
    const inSchema = definition === "schema";
    const explanation = explain(error, inSchema);
    if (explanation === undefined) continue;
    const at = pathOf(error.instancePath);
    const path = explanation.key === undefined ? at : [...at, explanation.key];
    findings.error(codeOf(error.keyword, definition, at[0] === "$defs"), path, {
      ...explanation,
      atKey: explanation.key !== undefined,
    });
  }
}

function codeOf(keyword: string, definition: string, amongTypes: boolean): ContractErrorCode {
  if (keyword === "required") return "ERR_CONTRACT_MISSING";
  if (keyword === "additionalProperties") return definition === "schema" ? "ERR_SCHEMA_KEYWORD" : "ERR_CONTRACT_KEY";
  return codes.get(definition) ?? (amongTypes ? "ERR_SCHEMA_VALUE" : "ERR_CONTRACT_VALUE");
}

/** The code of what fails within a definition of the contract's schema. */
const codes: ReadonlyMap<string, ContractErrorCode> = new Map([
  ["packageName", "ERR_NAME"],
  ["name", "ERR_NAME"],
  ["wireName", "ERR_NAME"],
  ["definitionName", "ERR_NAME"],
  ["import", "ERR_IMPORT"],
  ["importSource", "ERR_IMPORT"],
  ["goType", "ERR_TYPE"],
  ["objectReference", "ERR_TYPE"],
  ["reference", "ERR_REF"],
  ["queueName", "ERR_QUEUE_NAME"],
  ["duration", "ERR_DURATION"],
  ["jsonType", "ERR_SCHEMA_TYPE"],
  ["format", "ERR_SCHEMA_FORMAT"],
]);

interface Compiled {
  readonly validate: ValidateFunction;
  /** The name of each definition of the contract's schema. */
  readonly definitions: ReadonlyMap<unknown, string>;
}

const cache = new WeakMap<JsonSchema, Compiled>();

/** Compiled once for each schema object. */
function compiled(schema: JsonSchema): Compiled {
  let found = cache.get(schema);
  if (found === undefined) {
    const ajv = new Ajv2020({ strict: true, allErrors: true, verbose: true, ownProperties: true, allowUnionTypes: true });
    const definitions = new Map(membersOf(schema.$defs).map(([name, definition]) => [definition, name]));
    found = { validate: ajv.compile(schema as AnySchema), definitions };
    cache.set(schema, found);
  }
  return found;
}
