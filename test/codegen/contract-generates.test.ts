import test from "ava";
import { generateFiles } from "machinery-ts-codegen";
import { modelOf } from "./contract-lines.js";

/** Fields of every kind that the contract's subset of JSON Schema has, and the type that TypeScript sees of each. */
const fields: readonly [schema: string, type: string][] = [
  ["{ type: string, pattern: '^[a-z]+(-[a-z]+)*$', maxLength: 64 }", "string"],
  ["{ type: string, pattern: '/`x`/g;evil()', maxLength: 64 }", "string"],
  ["{ type: string, format: date-time }", "string"],
  ["{ type: [string, 'null'], enum: [a, null] }", '"a" | null'],
  ["{ type: [integer, 'null'], format: uint64 }", "bigint | null"],
  ["{ type: [number, 'null'], minimum: 0 }", "number | null"],
  ["{ type: boolean, const: true }", "true"],
  ["{ type: array, items: { type: array, items: { type: number } }, minItems: 1 }", "number[][]"],
  ["{ $ref: '#/$defs/Other' }", "Other"],
  ["{ $ref: '#/$defs/Other', description: Another one., deprecated: true }", "Other"],
  ["{ type: array, items: { $ref: '#/$defs/Whole', description: One. } }", "Whole[]"],
];

test("whatever field a contract may have, its code is generated", async (t) => {
  const model = modelOf(`contract: "1"
package: test
tasks:
  ask: { args: [{ name: whole, type: { $ref: "#/$defs/Whole" } }] }
$defs:
  Other: { type: object, description: The other one. }
  Whole:
    type: object
    required: [${fields.map((_, index) => `f${index}`).join()}]
    properties:
${fields.map(([schema], index) => `      f${index}: ${schema}\n`).join("")}`);
  const types = (await generateFiles(model)).get("types.ts")!;
  for (const [index, [schema, type]] of fields.entries()) t.true(types.includes(`  f${index}: ${type};\n`), `${schema}\n${types}`);
  t.is(types.split("export interface ").length, 3);
});
