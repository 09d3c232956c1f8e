import { createRequire } from "node:module";
import test from "ava";
import fc from "fast-check";
import { type BreakingFinding, ContractError, compareTexts, type JsonSchema } from "machinery-ts-codegen";
import { contractSchema } from "../codegen/contract-lines.js";

const { Ajv2020 } = createRequire(import.meta.url)("ajv/dist/2020.js");
const ajv = new Ajv2020({ strict: false });

/** Some of the values that schemas of the same few keywords and bounds are about. */
const scalars = [null, true, false, -1, 0, 1, 2, 3, 4, 0.5, 1.5, "", "a", "b", "ab", "aaa"];
const some = [null, true, 1, 2, 0.5, "a"];
const lists = [[], ...some.map((one) => [one]), ...some.flatMap((one) => some.map((other) => [one, other])), [1, 2, 3]];
const objects = [{}, ...some.flatMap((a) => [{ a }, { b: a }, ...some.map((b) => ({ a, b }))])];
const values: readonly unknown[] = [...scalars, ...lists, ...objects];

const often = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const bound = often(fc.integer({ min: 0, max: 4 }));

function keywords(type: string): fc.Arbitrary<object> {
  switch (type) {
    case "integer":
    case "number":
      return fc.record({
        minimum: bound,
        exclusiveMinimum: bound,
        maximum: bound,
        exclusiveMaximum: bound,
        multipleOf: often(fc.constantFrom(1, 2, 4, ...(type === "number" ? [0.5] : []))),
        enum: often(fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1 })),
      });
    case "string":
      return fc.record({
        minLength: bound,
        maxLength: fc.integer({ min: 0, max: 4 }),
        pattern: often(fc.constantFrom("^a", "b$")),
        const: often(fc.constantFrom("a", "ab")),
      });
    case "array":
      return fc.record({ items: inner, minItems: bound, maxItems: bound, uniqueItems: often(fc.boolean()) });
    case "object":
      return fc
        .record({ a: often(inner), b: often(inner), required: fc.subarray(["a", "b"]), closed: fc.boolean(), maxProperties: bound })
        .map(({ a, b, required, closed, maxProperties }) => {
          const properties = { ...(a && { a }), ...(b && { b }) };
          const needed = required.filter((name) => name in properties);
          return { properties, required: needed, maxProperties, ...(closed && { additionalProperties: false }) };
        });
    default:
      return fc.constant({});
  }
}

const typed = (types: readonly string[]): fc.Arbitrary<JsonSchema> =>
  fc
    .constantFrom(...types)
    .chain((type) =>
      fc
        .tuple(keywords(type), fc.boolean())
        .map(([more, nullable]) => JSON.parse(JSON.stringify({ type: nullable ? [type, "null"] : type, ...more })) as JsonSchema),
    );
const inner = typed(["integer", "number", "string", "boolean"]);

/** Two schemas that differ in one keyword, so that what is told of another one hides nothing. */
const pairs = fc
  .constantFrom(["integer", "number"], ["string"], ["array"], ["object"], ["object"], ["integer", "string"])
  .chain((types) => fc.tuple(typed(types), typed(types), fc.nat()))
  .map(([before, other, choice]): [JsonSchema, JsonSchema] => {
    const names = [...new Set([...Object.keys(before), ...Object.keys(other)])];
    const differing = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(other[name]));
    const keyword = differing[choice % differing.length] ?? "type";
    const { [keyword]: _, ...rest } = before;
    return [before, keyword in other ? { ...rest, [keyword]: other[keyword] } : rest];
  });

/** What a writer writes: no fields but those that its contract names. */
function written(schema: JsonSchema): JsonSchema {
  return schema.properties === undefined ? schema : { ...schema, additionalProperties: false };
}

function compared(before: JsonSchema, after: JsonSchema, use: "args" | "returns"): readonly BreakingFinding[] | undefined {
  const text = (x: JsonSchema) => {
    const task = { [use]: [{ name: "a", type: { $ref: "#/$defs/A" } }] };
    const contract = { contract: "1", package: "p", tasks: { t: task }, $defs: { A: { type: "object", properties: { x } } } };
    return { text: JSON.stringify(contract), path: "tasks.json", contractSchema };
  };
  try {
    return compareTexts(text(before), text(after)).findings;
  } catch (error) {
    if (error instanceof ContractError) return undefined;
    throw error;
  }
}

test("a value that one side writes and the other refuses is told, with the order of deployment that avoids it", (t) => {
  let broken = 0;
  fc.assert(
    fc.property(pairs, fc.constantFrom("args" as const, "returns" as const), ([before, after], use) => {
      const findings = compared(before, after, use);
      fc.pre(findings !== undefined);
      const [writeOld, writeNew, readOld, readNew] = [written(before), written(after), before, after].map((schema) =>
        ajv.compile(schema),
      );
      const newerRefuses = values.some((value) => writeOld(value) && !readNew(value));
      const olderRefuses = values.some((value) => writeNew(value) && !readOld(value));
      const told = (...firsts: string[]) => findings.some(({ first }) => firsts.includes(first) || first === "neither");
      const [writer, reader] = use === "args" ? ["senders", "workers"] : ["workers", "senders"];
      if (newerRefuses && !told(writer)) throw new Error("what older writers write is refused by newer readers");
      if (olderRefuses && !told(reader)) throw new Error("what newer writers write is refused by older readers");
      const breaks = use === "args" ? newerRefuses : olderRefuses;
      if (breaks) broken++;
      if (breaks && !findings.some(({ level }) => level === "WIRE")) throw new Error("older senders and newer workers, unharmed");
    }),
    { numRuns: 300 },
  );
  t.true(broken > 30, `${broken} pairs break`);
});
