import test from "ava";
import { MachineryError } from "machinery-ts";
import { definitions } from "../../../generated/definitions.js";
import { parseJson } from "../../../src/wire/json.js";
import type { WireArg } from "../../../src/wire/signature.js";

const parse = (text: string) => parseJson(text) as unknown as WireArg[];
const args = (definition: (typeof definitions)[keyof typeof definitions], values: readonly unknown[]) =>
  definition.decodeArgs(parse(`[${definition.encodeArgs(values)}]`));

const scalars = [
  true,
  -(2n ** 63n),
  -128,
  -(2 ** 15),
  -(2 ** 31),
  2n ** 63n - 1n,
  2n ** 64n - 1n,
  255,
  65_535,
  2 ** 32 - 1,
  0n,
  0.5,
  0.1,
  "ä\u2028",
];
const slices = scalars.map((value, index) => (index === 7 ? new Uint8Array([0, 255]) : [value, value]));
const request = { image: { id: 2n ** 63n - 1n, size: { width: 1, height: 2 } }, box: { width: 3, height: 4 }, fit: "cover" };

test("arguments of every type come back as they went", (t) => {
  t.deepEqual(args(definitions.every, scalars), scalars);
  t.deepEqual(args(definitions.slices, slices), slices);
  t.deepEqual(args(definitions.add, []), []);
  t.deepEqual(args(definitions.add, [1n, 2n, 3n]), [1n, 2n, 3n]);
  t.deepEqual(JSON.stringify(args(definitions.resize, [request]), bigints), JSON.stringify([request], bigints));
});

const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value);

test("a message of the encoded arguments passes its own validator", (t) => {
  for (const [definition, values] of [
    [definitions.every, scalars],
    [definitions.slices, slices],
    [definitions.add, [1n]],
    [definitions.none, []],
    [definitions.resize, [request]],
  ] as const) {
    const message = { UUID: "task_1", Name: definition.name, Args: parse(`[${definition.encodeArgs(values)}]`) };
    t.true(definition.validate(message), JSON.stringify(definition.validate.errors));
    t.false(definition.validate({ ...message, Args: [{ Type: "uint64", Value: 1 }] }));
  }
});

test("the first arguments alone are encoded, for the task before to give the others", (t) => {
  t.is(definitions.every.encodeArgs([]), "");
  t.is(definitions.every.encodeArgs([true]), '{"Name":"","Type":"bool","Value":true}');
  t.is(definitions.every.encodeArgs([true, 1n]), '{"Name":"","Type":"bool","Value":true},{"Name":"","Type":"int","Value":1}');
});

test("what does not fit is named by the argument, and which one of many", (t) => {
  const at = (run: () => unknown) => t.throws(run, { instanceOf: MachineryError })?.at;
  t.is(
    at(() => definitions.add.encodeArgs([1n, 2])),
    "terms[1]",
  );
  t.is(
    at(() => definitions.split.encodeArgs([1])),
    "str",
  );
  t.is(
    at(() => definitions.resize.encodeArgs([{ ...request, fit: "squeeze" }])),
    "request/fit",
  );
  t.is(
    at(() => definitions.sum_ints.encodeResults("1")),
    "sum",
  );
});

test("results of every count and type come back as they went", (t) => {
  t.is(definitions.none.encodeResults(undefined), "[]");
  t.is(definitions.none.decodeResults([]), undefined);
  t.is(definitions.add.encodeResults(2n), '[{"Type":"int64","Value":2}]');
  t.is(definitions.add.decodeResults(parse('[{"Type":"int64","Value":9223372036854775807}]')), 2n ** 63n - 1n);
  t.deepEqual(definitions.every.decodeResults(parse(definitions.every.encodeResults(scalars))), scalars);
  t.deepEqual(definitions.slices.decodeResults(parse(definitions.slices.encodeResults(slices))), slices);
});

test("results of another count or type are refused", (t) => {
  const code = (run: () => unknown) => t.throws(run, { instanceOf: MachineryError })?.code;
  t.is(
    code(() => definitions.every.encodeResults([true])),
    "ERR_RESULT_COUNT",
  );
  t.is(
    code(() => definitions.every.encodeResults(true)),
    "ERR_RESULT_TYPE",
  );
  t.is(
    code(() => definitions.add.encodeResults(2)),
    "ERR_RESULT_VALUE",
  );
  t.is(
    code(() => definitions.add.decodeResults([])),
    "ERR_RESULT_COUNT",
  );
  t.is(
    code(() => definitions.add.decodeResults([{ Type: "uint64", Value: 2 }])),
    "ERR_RESULT_TYPE",
  );
  t.is(
    code(() => definitions.add.decodeResults([{ Type: "int64", Value: 0.5 }])),
    "ERR_RESULT_VALUE",
  );
});
