import { createHash } from "node:crypto";
import type { JsonSchema, Parameter } from "../model.js";
import { isObject, itemsOf, membersOf } from "./record.js";
import { referenced } from "./references.js";

/**
 * The hash of a whole contract: 16 hexadecimal digits of the SHA-256 of its value as canonical JSON. That is JSON without white space,
 * the keys of each object sorted by their UTF-16 code units (RFC 8785). Comments, layout, aliases and the order of keys do not count;
 * descriptions do, as they reach the generated code.
 */
export function contractHash(contract: unknown): string {
  return hash(contract);
}

/**
 * The hash of what two sides must agree on to speak of the same task: 16 hexadecimal digits of the SHA-256 of the canonical JSON of
 *
 *     { "name", "args": [type, ...], "returns": [type, ...], "variadic", "$defs": { each type reached: its schema } }
 *
 * where a type is a Go type's name (`[]byte` is `[]uint8`) or `#/$defs/Name`. Names of arguments and results, descriptions and all other
 * annotations, the policy, and the order of `required` do not count.
 */
export function taskHash(
  task: {
    readonly name: string;
    readonly args: readonly Parameter[];
    readonly returns: readonly Parameter[];
    readonly variadic: boolean;
  },
  definitions: ReadonlyMap<string, JsonSchema>,
): string {
  const reached = new Map<string, unknown>();
  const reach = (name: string): void => {
    if (reached.has(name)) return;
    const schema = definitions.get(name);
    reached.set(name, bare(schema));
    for (const next of referencesIn(schema)) reach(next);
  };
  const types = (parameters: readonly Parameter[]): string[] =>
    parameters.map(({ type }) => {
      if (type.kind === "scalar") return type.go;
      reach(type.def);
      return `#/$defs/${type.def}`;
    });
  const { name, variadic } = task;
  return hash({ name, args: types(task.args), returns: types(task.returns), variadic, $defs: Object.fromEntries(reached) });
}

const annotations = new Set(["$comment", "title", "description", "deprecated", "examples"]);

/** A schema without its annotations. Fields that happen to be called like one stay. */
export function bare(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([keyword]) => !annotations.has(keyword));
  return Object.fromEntries(
    kept.map(([keyword, value]) => {
      if (keyword === "properties")
        return [keyword, Object.fromEntries(membersOf(value).map(([name, property]) => [name, bare(property)]))];
      if (keyword === "items" || keyword === "additionalProperties") return [keyword, bare(value)];
      if (keyword === "required") return [keyword, [...itemsOf(value)].sort()];
      return [keyword, value];
    }),
  );
}

export function referencesIn(schema: unknown): string[] {
  if (!isObject(schema)) return [];
  const { $ref, properties, items, additionalProperties } = schema;
  const inside = [...membersOf(properties).map(([, property]) => property), items, additionalProperties];
  return [...(typeof $ref === "string" ? [referenced($ref)] : []), ...inside.flatMap(referencesIn)];
}

function hash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(",")}}`;
}
