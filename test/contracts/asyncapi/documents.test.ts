import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import test from "ava";
import * as fc from "fast-check";
import { asyncApiDocument, type JsonSchema, jsonSchemaDocument } from "machinery-ts-codegen";
import { arbitraries } from "../../../generated/arbitraries.js";
import { definitions } from "../../../generated/definitions.js";
import { modelOf, readJson, root } from "../../codegen/emit/project.js";

const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;

/** Queues, former names, recursion, and every keyword that a structured type may have. */
const odd = {
  contract: "1",
  package: "odd",
  tasks: {
    one: {
      aliases: ["eins"],
      args: [{ name: "all", type: { $ref: "#/$defs/All" }, description: "Of all." }],
      policy: { queue: "a/b.c" },
    },
    two: {
      args: [
        { name: "n", type: "uint8" },
        { name: "rest", type: "[]byte", variadic: true },
      ],
      policy: { queue: "a_b_c" },
    },
    three: {
      returns: [
        { name: "a", type: "[]float32" },
        { name: "b", type: { $ref: "#/$defs/All" } },
      ],
      policy: { queue: "results" },
    },
    four: {},
  },
  $defs: {
    All: {
      type: "object",
      description: "All.",
      required: ["code", "wide"],
      properties: {
        code: { type: "string", pattern: "^[A-Z]{2}-[0-9]+$", maxLength: 12 },
        short: { type: "string", minLength: 2, maxLength: 3 },
        when: { type: "string", format: "date-time" },
        wide: { type: "integer", format: "uint64" },
        tens: { type: "integer", exclusiveMinimum: 10, multipleOf: 10 },
        open: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 0.5 },
        maybe: { type: ["integer", "null"], maximum: -3 },
        choice: { type: "string", enum: ["x", "y"], deprecated: true },
        fixed: { type: "string", const: "z" },
        set: { type: "array", items: { type: "integer" }, uniqueItems: true, minItems: 3 },
        map: { type: "object", additionalProperties: { $ref: "#/$defs/All" }, maxProperties: 2 },
        self: { $ref: "#/$defs/All", description: "Itself." },
      },
    },
  },
};

const models = { tutorial: modelOf(await readFile(join(root, "schema/tasks.yaml"), "utf8")), odd: modelOf(odd) };

for (const [name, model] of Object.entries(models)) {
  const document = asyncApiDocument(model, "1.2.3") as any;

  test(`${name}: the AsyncAPI document is valid by the official schema of 3.0, and every reference in it leads somewhere`, async (t) => {
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    addFormats(ajv);
    const isValid = ajv.compile(await readJson("node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"));
    t.true(isValid(document), JSON.stringify(isValid.errors?.slice(0, 5), undefined, 1));
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    t.true(references.length > model.tasks.length * 4);
    for (const path of references)
      t.not(
        path.split("/").reduce((value: any, key) => value?.[key], document),
        undefined,
        path,
      );
  });

  test(`${name}: the examples in it are valid by what stands beside them`, (t) => {
    const isValid = payloads(document);
    for (const [key, { examples }] of Object.entries<any>(document.components.messages))
      for (const { payload } of examples) t.is(isValid(key, payload), "", key);
  });

  test(`${name}: the JSON Schema takes these messages and no others`, (t) => {
    const isValid = schemaOf(jsonSchemaDocument(model));
    for (const { identifier, name: wire, args } of model.tasks) {
      const message = document.components.messages[identifier].examples[0].payload;
      t.is(isValid(message), "", identifier);
      t.not(isValid({ ...message, Name: "another" }), "", identifier);
      t.not(isValid({ ...message, UUID: undefined }), "", wire);
      if (args.length > 0) t.not(isValid({ ...message, Args: [{ Type: "float16", Value: 1 }] }), "", identifier);
    }
  });
}

test("what senders send is valid by both, over the whole range of every type", (t) => {
  const document = asyncApiDocument(models.tutorial, "1.0.0");
  const isPayload = payloads(document);
  const isMessage = schemaOf(jsonSchemaDocument(models.tutorial));
  for (const [key, { name, encodeArgs }] of Object.entries(definitions)) {
    const args = arbitraries[key as keyof typeof arbitraries] as fc.Arbitrary<unknown[]>;
    const property = fc.property(args, (values) => {
      const message = JSON.parse(`{"UUID":"task_1","Name":"${name}","Args":[${encodeArgs(values)}]}`);
      t.is(isPayload(key, message), "");
      t.is(isMessage(message), "");
    });
    fc.assert(property, { numRuns: 10 });
  }
});

test("queues that a key cannot tell apart have keys of their own, and their names as addresses", (t) => {
  const { channels, operations } = asyncApiDocument(models.odd, "1.0.0") as any;
  t.deepEqual(
    Object.entries<any>(channels).map(([key, { address, messages }]) => [key, address, Object.keys(messages)]),
    [
      ["machinery_tasks", "machinery_tasks", ["four"]],
      ["a_b_c", "a/b.c", ["one"]],
      ["results_2", "results", ["three"]],
      ["a_b_c_2", "a_b_c", ["two"]],
      ["results", null, ["four.state", "one.state", "three.state", "two.state"]],
    ],
  );
  t.is(operations.two.channel.$ref, "#/channels/a_b_c_2");
});

/** What is wrong with a payload of a message in an AsyncAPI document. */
function payloads(document: JsonSchema): (key: string, payload: unknown) => string {
  const ajv = withFormats(new Ajv({ strict: false, allErrors: true, logger: false }));
  ajv.addSchema({ components: document.components, $id: "https://example.com/document" });
  return (key, payload) => {
    const isValid = ajv.getSchema(`https://example.com/document#/components/messages/${key}/payload`)!;
    return isValid(payload) ? "" : ajv.errorsText(isValid.errors);
  };
}

function schemaOf(document: JsonSchema): (message: unknown) => string {
  const ajv = withFormats(
    new Ajv2020({
      allErrors: true,
      strict: true,
      strictRequired: false,
      strictTypes: false,
      allowUnionTypes: true,
      strictTuples: false,
    }),
  );
  const isValid = ajv.compile(document);
  return (message) => (isValid(message) ? "" : ajv.errorsText(isValid.errors));
}

/** With the formats of Go's numbers, of which these documents speak. */
function withFormats<A extends Ajv | Ajv2020>(ajv: A): A {
  addFormats(ajv as Ajv);
  for (const format of ["int64", "uint64", "float", "double"]) ajv.addFormat(format, { type: "number", validate: () => true });
  return ajv;
}
