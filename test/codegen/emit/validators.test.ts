import { createRequire } from "node:module";
import test from "ava";
import fc from "fast-check";
import { type GeneratedFiles, GenerateError, generateValidators, type JsonSchema } from "machinery-ts-codegen";
import { JsonNumber } from "../../../src/wire/json.js";
import { built, filesOf, readJson } from "./project.js";

const require = createRequire(import.meta.url);
const { Ajv2020 } = require("ajv/dist/2020.js");

function generated(schema: JsonSchema): GeneratedFiles {
  return generateValidators({ source: "schema/x", path: "x.ts", schemas: [{ id: "x", name: "x", schema }] });
}

/** Every keyword that the emitter's AJV has. */
const everything: JsonSchema = {
  type: "object",
  title: "Everything",
  required: ["s"],
  minProperties: 1,
  maxProperties: 30,
  additionalProperties: false,
  propertyNames: { type: "string", maxLength: 20 },
  patternProperties: { "^x-": { type: "boolean" } },
  dependentRequired: { s: ["n"] },
  dependentSchemas: { d: { required: ["s"], properties: { s: {} }, type: "object" } },
  properties: {
    s: { type: "string", minLength: 1, maxLength: 9, pattern: "^\\p{L}+$" },
    when: { type: "string", format: "date-time" },
    n: { type: "number", minimum: -5, maximum: 5, multipleOf: 0.5 },
    i: { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 10 },
    d: { type: ["string", "null"] },
    e: { enum: ["a", 1, null, { deep: ["equal"] }] },
    c: { const: { deep: ["equal"] } },
    list: { type: "array", minItems: 1, maxItems: 4, uniqueItems: true, items: { $ref: "#/$defs/item" } },
    tuple: { type: "array", prefixItems: [{ type: "string" }, { type: "boolean" }], items: { type: "null" }, minItems: 1 },
    some: { type: "array", contains: { const: 1 }, minContains: 1, maxContains: 2 },
    all: { allOf: [{ type: "integer" }, { type: "integer", minimum: 2 }] },
    any: { anyOf: [{ type: "string" }, { type: "integer", minimum: 2 }] },
    one: {
      oneOf: [
        { type: "string", minLength: 2 },
        { type: "string", maxLength: 3 },
      ],
    },
    not: { not: { type: "string" } },
    // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's
    if: { if: { type: "string" }, then: { const: "then" }, else: { type: "integer" } },
    self: { $ref: "#" },
    go: { goType: "int64" },
  },
  $defs: { item: { type: ["object", "string"], properties: { more: { $ref: "#/$defs/item" } } } },
};

test("every keyword: the result is ESM without a require, and loads", async (t) => {
  const files = generated(everything);
  const text = files.get("x.ts")!;
  t.false(text.includes("require("));
  t.deepEqual(
    [...text.matchAll(/from "(.*?)"/g)].map(([, module]) => module),
    ["machinery-ts/gen/v1", "machinery-ts/gen/v1/validate"],
  );
  const { x } = await (await built(t, files))("x.js");
  t.true(x({ s: "ä", n: 0.5, go: 2n ** 63n - 1n }));
  t.false(x({ s: "ä", n: 0.5, go: 2n ** 63n }));
  t.is(x.errors[0].instancePath, "/go");
});

test("the values that wire/json keeps exact are no objects", async (t) => {
  const { x } = await (await built(t, generated({ type: "object" })))("x.js");
  const { parseJson } = await import("../../../src/wire/json.js");
  t.false(x(parseJson("1.0")));
  t.true(x(parseJson("{}")));
});

/** JSON near enough to `everything` that most of it is sometimes valid. */
const candidates = fc.letrec<{ any: unknown; object: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false, 0, 1, 2, 3, 0.5, 7, -6, 10, "", "a", "ab", "abcd", "then", "ä1", "2020-01-01T00:00:00Z"),
    fc.constant({ deep: ["equal"] }),
    fc.array(fc.oneof(fc.constantFrom(1, "a", true, null), tie("any")), { maxLength: 5 }),
    tie("object"),
  ),
  object: fc
    .tuple(
      fc.dictionary(fc.constantFrom(...Object.keys(everything.properties as object), "x-a", "other", "__proto__"), tie("any"), {
        maxKeys: 5,
      }),
      fc.boolean(),
    )
    .map(([fields, complete]) => (complete ? { s: "a", n: 1, ...fields } : fields)),
})).object;

test("what is folded away changes no answer and no error: AJV itself says the same", async (t) => {
  const { go: _, ...properties } = everything.properties as Record<string, unknown>;
  const schema = { ...everything, properties };
  const { x } = await (await built(t, generated(schema)))("x.js");
  const { formats } = await import("machinery-ts/gen/v1/validate");
  const ajv = new Ajv2020({ strict: false, ownProperties: true, formats });
  const original = ajv.compile(schema);
  let valid = 0;
  fc.assert(
    fc.property(candidates, (value) => {
      const expected = original(value);
      if (expected) valid += 1;
      if (x(value) !== expected) throw new Error(`${x(value)} for ${JSON.stringify(value)}`);
      const { instancePath, keyword, message } = x.errors?.[0] ?? {};
      const first = original.errors?.[0] ?? {};
      if (keyword !== first.keyword || instancePath !== first.instancePath || message !== first.message) {
        throw new Error(`${JSON.stringify(x.errors)} instead of ${JSON.stringify(original.errors)}`);
      }
    }),
    { numRuns: 3_000 },
  );
  t.true(valid > 100, `${valid} valid`);
});

test("the envelope's validator says what AJV says of the schema", async (t) => {
  const schema = await readJson("schema/wire/signature.schema.json");
  const { x } = await (
    await built(t, generateValidators({ source: "w", path: "x.ts", schemas: [{ id: schema.$id as string, name: "x", schema }] }))
  )("x.js");
  const original = new Ajv2020({ strict: false, ownProperties: true }).compile(schema);
  const part = fc.constantFrom(
    null,
    "",
    "a",
    "task_1",
    0,
    1,
    -1,
    1.5,
    true,
    {},
    [],
    [{ Type: "int64", Value: 1 }],
    [{ Type: 1 }],
    [{ Name: "b" }],
    { Name: "c" },
  );
  const names = [
    "UUID",
    "Name",
    "RoutingKey",
    "ETA",
    "GroupTaskCount",
    "Args",
    "Headers",
    "Immutable",
    "OnSuccess",
    "OnError",
    "ChordCallback",
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), part), (fields) => {
      const value = { UUID: "task_1", Name: "add", ...fields };
      if (x(value) !== original(value)) throw new Error(JSON.stringify(value));
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

const contract = `
contract: "1"
package: p
tasks:
  log: { args: [{ name: a, type: string }, { name: bytes, type: "[]byte" }, { name: rest, type: int64, variadic: true }] }
  give: { args: [{ name: it, type: { $ref: "#/$defs/It" } }] }
$defs:
  It:
    type: object
    required: [id, ratio, ids]
    properties:
      id: { type: integer, format: int64 }
      ratio: { type: number, maximum: 1.0e+20 }
      ids: { type: array, items: { type: [integer, "null"], format: uint64 } }
      map: { type: object, additionalProperties: { type: integer, format: int64 } }
      next: { $ref: "#/$defs/It" }
      count: { type: integer, minimum: -1.0e+20 }
      most: { type: [integer, "null"], maximum: 10 }
`;

test("a task's validator knows the whole message", async (t) => {
  const { tasks } = await (await built(t, await filesOf(contract)))("validators.js");
  const text = { Type: "string", Value: "a" };
  const bytes = { Type: "[]uint8", Value: "AAE=" };
  const at = (message: object): string | undefined =>
    tasks.log({ UUID: "task_1", Name: "log", ...message }) ? undefined : tasks.log.errors[0].instancePath;
  t.is(at({ Args: [text, bytes] }), undefined);
  t.is(at({ Args: [text, { ...bytes, Type: "[]byte" }, { Type: "int64", Value: 2n ** 63n - 1n }] }), undefined);
  t.is(at({ Args: [text, bytes, { Type: "int64", Value: 2n ** 63n }] }), "/Args/2/Value");
  t.is(at({ Args: [text, bytes, { Type: "uint", Value: 1 }] }), "/Args/2/Type");
  t.is(at({ Args: [text, { ...bytes, Value: "A" }] }), "/Args/1/Value");
  t.is(at({ Args: [text] }), "/Args");
  t.is(at({ Args: null }), "/Args");
  t.is(at({ Args: [text, bytes], UUID: "" }), "/UUID");
  t.is(at({ Args: [text, bytes], Name: "give" }), "/Name");
});

test("a structured type's validator puts bigint and number where the interface has them", async (t) => {
  const { objects } = await (await built(t, await filesOf(contract)))("validators.js");
  const value = { id: 1, ratio: 10n ** 19n, ids: [1, null, 2n ** 64n - 1n], map: { a: 1 }, next: { id: 2, ratio: 0.5, ids: [] } };
  t.true(objects.It(value), JSON.stringify(objects.It.errors));
  t.deepEqual<unknown, unknown>(value, {
    id: 1n,
    ratio: 1e19,
    ids: [1n, null, 2n ** 64n - 1n],
    map: { a: 1n },
    next: { id: 2n, ratio: 0.5, ids: [] },
  });
  t.false(objects.It({ id: 1.5, ratio: 1, ids: [] }));
  t.false(objects.It({ id: 2n ** 63n, ratio: 1, ids: [] }));
  t.false(objects.It({ id: 1, ratio: 10n ** 21n, ids: [] }), "its limits are those of the number");
});

test("an integer in a structured type is plain digits, and safe where it is a number", async (t) => {
  const { objects } = await (await built(t, await filesOf(contract)))("validators.js");
  const fits = (fields: object): boolean => objects.It({ id: 1, ratio: 1, ids: [], ...fields });
  for (const count of [0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) t.true(fits({ count }), String(count));
  for (const count of [1e21, -1e19, 2 ** 53, -(2 ** 53), 2n ** 53n, 0.5, new JsonNumber("1.0")])
    t.false(fits({ count }), String(count));
  for (const most of [null, 10, Number.MIN_SAFE_INTEGER]) t.true(fits({ most }), String(most));
  for (const most of [11, -(2 ** 53)]) t.false(fits({ most }), String(most));
  t.false(fits({ id: new JsonNumber("1.0") }));
  const value = { id: 1, ratio: new JsonNumber("1.50"), ids: [] };
  t.true(objects.It(value));
  t.is<unknown, unknown>(value.ratio, 1.5);
  t.false(fits({ ratio: new JsonNumber("1e21") }));
});

for (const [what, schema] of Object.entries<JsonSchema>({
  "a keyword that AJV does not know": { type: "object", requried: ["a"] },
  unevaluatedProperties: { type: "object", unevaluatedProperties: false },
  "a type that the wire has not": { goType: "int128" },
  "a format that the leaf has not": { type: "string", format: "colour" },
  "a reference that leads nowhere": { $ref: "other" },
  $data: { type: "integer", minimum: { $data: "/a" } },
})) {
  test(`refuses ${what}`, (t) => {
    t.is(t.throws(() => generated(schema), { instanceOf: GenerateError })?.code, "ERR_SCHEMA_FILE");
  });
}
