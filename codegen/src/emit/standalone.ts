import type { SchemaEnv } from "ajv/dist/compile/index.js";
import standaloneCode from "ajv/dist/standalone/index.js";
import type { ts } from "ts-morph";
import type { JsonSchema } from "../model.js";
import type { ValidateSymbol } from "../symbols.js";
import { SchemaCompiler } from "./ajv.js";
import { AjvModule } from "./ajv-module.js";

export interface NamedSchema {
  /** What `$ref`s of other schemas call it: its `$id`, or the name of its file. */
  readonly id: string;
  /** What its function is called after: an identifier. */
  readonly name: string;
  readonly schema: JsonSchema;
}

export interface StandaloneCode {
  /** What the statements take from `machinery-ts/gen/v1/validate`. */
  readonly imports: readonly ValidateSymbol[];
  /** Constants and functions; no imports, no exports. */
  readonly statements: readonly ts.Statement[];
  /** The function of each schema, by the schema's id. */
  readonly functions: ReadonlyMap<string, string>;
}

/** Validators as statements of a module: AJV's standalone code, with one function for each schema and each `$ref` among them. */
export function standalone(schemas: readonly NamedSchema[]): StandaloneCode {
  const compiler = new SchemaCompiler();
  for (const { id, schema } of schemas) compiler.addSchema(withoutAnnotations(schema), id);
  const roots = schemas.map(({ id, name }) => ({ id, name, env: compiler.getSchema(id)!.schemaEnv }));
  const names = functionNames(roots);
  const code = standaloneCode.default(compiler, Object.fromEntries(schemas.map(({ id }, index) => [`export${index}`, id])));
  const { imports, statements } = new AjvModule(code, names);
  return { imports, statements, functions: new Map(roots.map(({ id, env }) => [id, names.get(nameOf(env))!])) };
}

const annotations = new Set(["title", "description", "$comment", "examples", "default", "deprecated", "readOnly", "writeOnly"]);

/** A schema without what says nothing to a validator, so that no prose travels through AJV. */
function withoutAnnotations(schema: JsonSchema): JsonSchema {
  return schemaMap(schema);

  function schemaMap(value: JsonSchema): JsonSchema {
    const kept = Object.entries(value).filter(([keyword]) => !annotations.has(keyword));
    return Object.fromEntries(kept.map(([keyword, part]) => [keyword, keywordValue(keyword, part)]));
  }

  function keywordValue(keyword: string, value: unknown): unknown {
    if (keyword === "const" || keyword === "enum") return value;
    if (Array.isArray(value)) return value.map((item) => (isObject(item) ? schemaMap(item) : item));
    if (!isObject(value)) return value;
    if (!namedSchemas.has(keyword)) return schemaMap(value);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, isObject(part) ? schemaMap(part) : part]));
  }
}

/** Keywords whose value holds schemas by names that are the user's own. */
const namedSchemas = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependentRequired"]);

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** AJV numbers its functions; here they are called after the schema, or after the key under `$defs` that a `$ref` leads to. */
function functionNames(roots: readonly { name: string; env: SchemaEnv }[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name, env } of roots) give(env, name);
  for (const { env } of roots) {
    for (const [uri, target] of Object.entries(env.root.refs)) {
      const key = uri.slice(uri.lastIndexOf("/") + 1);
      if (typeof target === "object" && "validateName" in target)
        give(target as SchemaEnv, /^[A-Za-z_]\w{0,63}$/.test(key) ? key : "part");
    }
  }
  return names;

  function give(env: SchemaEnv, name: string): void {
    if (names.has(nameOf(env))) return;
    const wanted = `validate${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    let free = wanted;
    for (let n = 2; taken.has(free); n += 1) free = `${wanted}${n}`;
    taken.add(free);
    names.set(nameOf(env), free);
  }
}

function nameOf(env: SchemaEnv): string {
  return env.validateName!.str;
}
