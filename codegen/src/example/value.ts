import type { JsonSchema, Model, Parameter } from "../model.js";
import { exampleText } from "./text.js";

/** A value of a contract's type, as TypeScript has it. */
export type Example =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Example[]
  | { readonly [key: string]: Example };

/** Structured types that hold themselves end here, at the latest. */
const maxDepth = 6;

/** A value for an argument or a result: always the same one, and of few characters. */
export function exampleValue(model: Pick<Model, "defs">, { name, type }: Parameter): Example {
  if (type.kind === "scalar") return scalarExample(type.go, name);
  return new Examples(model).of({ $ref: `#/$defs/${type.def}` }, name);
}

function scalarExample(go: string, name: string): Example {
  if (go === "[]uint8") return Uint8Array.of(1, 2, 3);
  if (go.startsWith("[]")) return [scalarExample(go.slice(2), name)];
  if (go === "bool") return true;
  if (go === "string") return name;
  if (go.startsWith("float")) return 0.5;
  return /^u?int(?:64)?$/.test(go) ? 1n : 1;
}

class Examples {
  readonly #schemas: ReadonlyMap<string, JsonSchema>;

  constructor({ defs }: Pick<Model, "defs">) {
    this.#schemas = new Map(defs.map(({ name, schema }) => [name, schema]));
  }

  of(schema: JsonSchema, name: string, depth = 0): Example {
    if (typeof schema.$ref === "string") return this.of(this.#schemas.get(schema.$ref.slice("#/$defs/".length))!, name, depth + 1);
    if (schema.const !== undefined) return schema.const as Example;
    if (Array.isArray(schema.enum)) return schema.enum[0] as Example;
    const types = Array.isArray(schema.type) ? schema.type : [schema.type];
    if (depth > maxDepth && types.includes("null")) return null;
    switch (types[0]) {
      case "boolean":
        return true;
      case "integer":
        return schema.format === "int64" || schema.format === "uint64" ? 1n : numberExample(schema, 1);
      case "number":
        return numberExample(schema, 0.5);
      case "string":
        return exampleText(schema, name);
      case "array":
        return this.#list(schema, name, depth);
      case "object":
        return this.#object(schema, name, depth);
      default:
        return null;
    }
  }

  #list({ items, minItems, maxItems, uniqueItems }: JsonSchema, name: string, depth: number): Example[] {
    const least = Number(minItems ?? 0);
    const count = depth > maxDepth ? least : Math.min(Math.max(least, 1), Number(maxItems ?? 1));
    if (!isSchema(items)) return [];
    const one = this.of(items, name, depth + 1);
    const distinct = uniqueItems === true && Array.isArray(items.enum) ? (items.enum as Example[]) : undefined;
    return Array.from({ length: count }, (_, i) => distinct?.[i] ?? (uniqueItems === true ? another(one, i) : one));
  }

  /** The required fields and, while it is not deep inside, the others. */
  #object({ properties, required, additionalProperties, minProperties, maxProperties }: JsonSchema, name: string, depth: number) {
    const least = Number(minProperties ?? 0);
    const most = Number(maxProperties ?? Number.POSITIVE_INFINITY);
    const needed = new Set(Array.isArray(required) ? (required as string[]) : []);
    const all = Object.entries((properties ?? {}) as Record<string, JsonSchema>);
    const others = all.filter(([key]) => !needed.has(key));
    const optional = others.slice(0, Math.min(depth > 2 ? least : others.length, most) - needed.size);
    const chosen = new Set([...needed, ...optional.map(([key]) => key)]);
    const fields = all
      .filter(([key]) => chosen.has(key))
      .map(([key, schema]): [string, Example] => [key, this.of(schema, key, depth + 1)]);
    const more = isSchema(additionalProperties) ? Math.max(least, depth > maxDepth || most === 0 ? 0 : 1) : least - fields.length;
    for (let i = 0; i < more; i++) {
      const value = isSchema(additionalProperties) ? this.of(additionalProperties, name, depth + 1) : null;
      fields.push([i === 0 ? "key" : `key${i + 1}`, value]);
    }
    return Object.fromEntries(fields);
  }
}

/** The number within the bounds that is nearest to the one that is wished for. */
function numberExample(schema: JsonSchema, wished: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema as Record<string, number | undefined>;
  const whole = schema.type === "integer" || (Array.isArray(schema.type) && schema.type.includes("integer"));
  const step = multipleOf ?? (whole ? 1 : undefined);
  const low = Math.max(minimum ?? Number.NEGATIVE_INFINITY, exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
  const high = Math.min(maximum ?? Number.POSITIVE_INFINITY, exclusiveMaximum ?? Number.POSITIVE_INFINITY);
  if (step !== undefined) {
    const first = Math.ceil(Math.max(wished, low) / step) * step;
    const next = first === exclusiveMinimum ? first + step : first;
    return next < high || next === maximum ? next : Math.floor(high / step) * step - (high === exclusiveMaximum ? step : 0);
  }
  if (wished > low && wished < high) return wished;
  if (low !== Number.NEGATIVE_INFINITY && high !== Number.POSITIVE_INFINITY) return (low + high) / 2;
  return low === Number.NEGATIVE_INFINITY ? high - 1 : low + 1;
}

/** Another value for the `i`-th item of a list that has each only once. */
function another(value: Example, i: number): Example {
  if (i === 0) return value;
  if (typeof value === "bigint") return value + BigInt(i);
  if (typeof value === "number") return value + i;
  return typeof value === "string" ? `${value}${i + 1}` : value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
