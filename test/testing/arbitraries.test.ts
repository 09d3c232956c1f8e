import { isDeepStrictEqual } from "node:util";
import test from "ava";
import * as fc from "fast-check";
import type { TaskDefinition } from "machinery-ts/gen/v1";
import { generateFiles } from "machinery-ts-codegen";
import * as generated from "../../generated/arbitraries.js";
import { definitions } from "../../generated/definitions.js";
import { parseJson } from "../../src/wire/json.js";
import { built, modelOf } from "../codegen/emit/project.js";

type Arbitraries = Readonly<Record<string, fc.Arbitrary<unknown[]>>>;

/** What a task's arbitrary makes can be sent, is valid, and comes back as it was. */
function holds(arbitraries: Arbitraries, tasks: Readonly<Record<string, TaskDefinition>>, numRuns = 50): void {
  for (const [name, { encodeArgs, decodeArgs, validate }] of Object.entries(tasks)) {
    const property = fc.property(arbitraries[name]!, (args) => {
      const message = parseJson(
        `{"UUID":"task_1","Name":${JSON.stringify(tasks[name]!.name)},"Args":[${encodeArgs(args)}]}`,
      ) as any;
      if (!validate(message)) throw new Error(`${name}: ${JSON.stringify(validate.errors)}`);
      // What is decoded has no prototypes.
      const back = structuredClone(decodeArgs(message.Args));
      if (!isDeepStrictEqual(back, args)) throw new Error(`${name}: came back as ${fc.stringify(back)}`);
    });
    fc.assert(property, { numRuns });
  }
}

test("arguments of every task can be sent, and come back as they were", (t) => {
  holds(generated.arbitraries as unknown as Arbitraries, definitions as unknown as Record<string, TaskDefinition>);
  t.deepEqual(Object.keys(generated.arbitraries), Object.keys(definitions));
});

const bounds = {
  byte: { type: "integer", minimum: 0, exclusiveMaximum: 256 },
  tens: { type: "integer", exclusiveMinimum: 0, maximum: 1000, multipleOf: 10 },
  half: { type: "number", minimum: -1, maximum: 1, multipleOf: 0.5 },
  open: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
  wide: { type: "integer", format: "uint64" },
  maybe: { type: ["integer", "null"], format: "int64" },
  code: { type: "string", pattern: "^[A-Z]{2}-[0-9]+$", maxLength: 12 },
  short: { type: "string", minLength: 2, maxLength: 3 },
  choice: { type: ["string", "null"], enum: ["a", "b", null] },
  fixed: { type: "string", const: "x" },
  flag: { type: "boolean" },
  set: { type: "array", items: { type: "integer", minimum: 0, maximum: 5 }, uniqueItems: true, minItems: 1, maxItems: 4 },
  map: { type: "object", additionalProperties: { type: "number" }, minProperties: 1, maxProperties: 3 },
  free: { type: "object" },
  some: { type: "object", properties: { a: { type: "boolean" }, b: { type: "boolean" } }, minProperties: 1, maxProperties: 1 },
  more: { type: "object", properties: { a: { type: "boolean" } }, minProperties: 2 },
  ...Object.fromEntries(
    ["date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"].map((format) => [
      format.replace("-", "_"),
      { type: "string", format },
    ]),
  ),
};

test("structured values keep to their schemas, and those that hold themselves come to an end", async (t) => {
  const model = modelOf({
    contract: "1",
    package: "p",
    tasks: {
      all: { args: [{ name: "all", type: { $ref: "#/$defs/All" } }] },
      tree: { args: [{ name: "root", type: { $ref: "#/$defs/Tree" } }] },
    },
    $defs: {
      All: { type: "object", required: Object.keys(bounds), properties: bounds },
      Tree: {
        type: "object",
        required: ["branches"],
        properties: {
          branches: { type: "array", items: { $ref: "#/$defs/Tree" } },
          left: { $ref: "#/$defs/Tree" },
          right: { $ref: "#/$defs/Leaf" },
        },
      },
      Leaf: { type: "object", properties: { tree: { $ref: "#/$defs/Tree" } } },
    },
  });
  const load = await built(t, await generateFiles(model, { arbitraries: true }));
  const { arbitraries } = await load("arbitraries.js");
  const { definitions: made } = await load("definitions.js");
  holds(arbitraries, made);
  t.pass();
});

test("integers reach both ends of their range, and floats are those of 32 bits", (t) => {
  const samples = fc.sample(generated.arbitraries.every, { numRuns: 500, seed: 1 });
  const i64 = samples.map((sample) => sample[5]);
  t.true(i64.some((value) => value < -(2n ** 62n)) && i64.some((value) => value > 2n ** 62n));
  t.true(samples.every((sample) => Object.is(Math.fround(sample[11]), sample[11])));
  t.true(samples.every((sample) => sample[13].isWellFormed()));
});
