import type { ErrorObject } from "ajv";
import { quote } from "./diagnostics.js";
import { didYouMean } from "./suggest.js";

export interface Explanation {
  readonly message: string;
  readonly hint: string;
  /** The key at fault, where it is one and not a value. */
  readonly key?: string;
}

/**
 * One of AJV's errors in words, with a remedy: the description and the examples beside the keyword that failed, or the word that was
 * meant. `undefined` for errors that only repeat what an error inside them says.
 *
 * @param inSchema the fault is in a structured type, which is a JSON Schema itself
 */
export function explain(error: ErrorObject, inSchema: boolean): Explanation | undefined {
  const { keyword, params, data, parentSchema } = error;
  switch (keyword) {
    case "if":
    case "propertyNames":
      return undefined;
    case "additionalProperties":
      return unknownKey(params.additionalProperty, Object.keys(parentSchema?.properties ?? {}), inSchema);
    case "required": {
      const missing: string = params.missingProperty;
      const hint = `Add it: ${adviceOf(parentSchema?.properties?.[missing]) ?? "it is needed."}`;
      return { message: `The key ${quote(missing)} is missing.`, hint };
    }
    case "enum": {
      const words = (params.allowedValues as unknown[]).map(String);
      const near = typeof data === "string" ? didYouMean(data, words) : undefined;
      return { message: `${quote(data)} is not known here.`, hint: near ?? `Use one of ${words.join(", ")}.` };
    }
    case "const":
      return { message: `Expected ${quote(params.allowedValue)}, not ${quote(data)}.`, hint: remedyOf(parentSchema) };
    case "type":
      return { message: `Expected ${expected(params.type)}, not ${kindOf(data)}.`, hint: remedyOf(parentSchema) };
    case "pattern": {
      const { propertyName } = error;
      const message = `${quote(propertyName ?? data)} is not of the form that is due here.`;
      return { message, hint: remedyOf(parentSchema), ...(propertyName === undefined ? {} : { key: propertyName }) };
    }
    default:
      return { message: `${quote(data)} ${error.message ?? "does not fit"}.`, hint: remedyOf(parentSchema) };
  }
}

function unknownKey(key: string, known: readonly string[], inSchema: boolean): Explanation {
  return {
    key,
    message: inSchema ? `${quote(key)} is no keyword of a contract's schemas.` : `The key ${quote(key)} is not known here.`,
    hint: (inSchema ? instead.get(key) : undefined) ?? didYouMean(key, known) ?? `Known here: ${known.join(", ")}.`,
  };
}

const oneType = "Use an object with optional fields: a structured type has one TypeScript type and one Go type.";

/** Keywords of JSON Schema that a contract leaves out, and what to do instead. */
const instead: ReadonlyMap<string, string> = new Map([
  ["allOf", oneType],
  ["anyOf", oneType],
  ["oneOf", oneType],
  ["not", oneType],
  ["if", oneType],
  ["default", "Nothing fills it in on the wire: say it in the description."],
  ["nullable", 'Write the type as [string, "null"].'],
  ["prefixItems", "Use an object with a field for each."],
  ["patternProperties", "Give additionalProperties a schema."],
  ["unevaluatedProperties", "Use additionalProperties: false."],
  ["definitions", "Put it under the contract's $defs."],
  ["$defs", "Put it under the contract's $defs."],
  ["$id", "Leave it out: the name under $defs identifies a type."],
  ["$anchor", "Leave it out: the name under $defs identifies a type."],
  ["$dynamicRef", "Use $ref."],
]);

function remedyOf(schema: unknown): string {
  return adviceOf(schema) ?? "Change it.";
}

/** What a schema says of itself to people. */
function adviceOf(schema: unknown): string | undefined {
  const { description, examples = [] } = (schema ?? {}) as { description?: string; examples?: unknown[] };
  const short = examples.map((example) => JSON.stringify(example)).filter((text) => text.length <= 60);
  const parts = [
    ...(description === undefined ? [] : [description]),
    ...(short.length === 0 ? [] : [`For example ${short.join(", ")}.`]),
  ];
  return parts.length === 0 ? undefined : parts.join(" ");
}

function expected(type: string | readonly string[]): string {
  return [type]
    .flat()
    .map((name) => (name === "null" ? name : `${/^[aeio]/.test(name as string) ? "an" : "a"} ${name}`))
    .join(" or ");
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : quote(value);
}
