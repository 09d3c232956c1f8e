import { readFile } from "node:fs/promises";
import test from "ava";
import { type FieldPath, fieldPaths, fields, fileSpelling, ignoredSections, olderSpellings } from "../../src/config/fields.js";

interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly properties?: Record<string, Schema>;
  readonly additionalProperties?: unknown;
  readonly default?: unknown;
  readonly deprecated?: boolean;
  readonly description?: string;
}

const schema = JSON.parse(await readFile("schema/config/config.schema.json", "utf8")) as Schema;

/** The schema's settings with their dotted paths. */
function leaves({ properties = {} }: Schema, prefix = ""): [string, Schema][] {
  return Object.entries(properties).flatMap(([key, part]) =>
    part.properties === undefined ? [[prefix + key, part] as [string, Schema]] : leaves(part, `${prefix}${key}.`),
  );
}

const described = new Map(leaves(schema));
const kinds = { text: "string", integer: "integer", flag: "boolean", arguments: undefined } as const;

test("the schema names exactly the settings, the older spellings and the ignored sections", (t) => {
  const known = [...fieldPaths.map(fileSpelling), ...olderSpellings.keys(), ...ignoredSections];
  t.deepEqual([...described.keys()].sort(), known.sort());
});

test("the schema gives each setting the type, default and environment variable that it has", (t) => {
  for (const path of fieldPaths) {
    const { kind, initial, env } = fields[path];
    const part = described.get(fileSpelling(path))!;
    t.is(part.type, kinds[kind], path);
    if (kind === "arguments") t.is(part.$ref, "#/$defs/arguments", path);
    else t.is(part.default ?? "", initial, path);
    const named = [...part.description!.matchAll(/\b[A-Z]+(?:_[A-Z]+)*\b/g)].map(([name]) => name);
    for (const variable of env) t.true(named.includes(variable), `${path}: ${variable}`);
  }
});

test("older spellings are marked as such", (t) => {
  for (const name of olderSpellings.keys()) t.true(described.get(name)?.deprecated, name);
});

test("no environment variable sets two things", (t) => {
  const all = fieldPaths.flatMap((path: FieldPath) => fields[path].env);
  t.is(new Set(all).size, all.length);
});

test("unknown names are an error in an editor too", (t) => {
  t.is(schema.additionalProperties, false);
  for (const part of Object.values(schema.properties!)) if (part.properties) t.is(part.additionalProperties, false);
});
