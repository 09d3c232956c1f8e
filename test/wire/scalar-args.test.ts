import test from "ava";
import fc from "fast-check";
import { parseJson } from "../../src/wire/json.js";
import { readScalarArgs } from "../../src/wire/scalar-args.js";

for (const json of [
  "[]",
  '[{"Type":"int64","Value":0}]',
  '[{"Name":"","Type":"int64","Value":-999999999999999},{"Name":"","Type":"uint8","Value":255}]',
  '[{"Type":"string","Value":"plain text, {} [] : and such"},{"Type":"string","Value":""},{"Type":"bool","Value":true}]',
  '[{"Name":"","Type":"bool","Value":false},{"Type":"[]uint8","Value":"AAEC/w=="}]',
]) {
  test(`read as the whole of JSON is: ${json}`, (t) => t.deepEqual(readScalarArgs(json), parseJson(json) as never));
}

for (const json of [
  "",
  "null",
  "[",
  "[ ]",
  "[]]",
  "[1]",
  '[{"Type":"int64","Value":1}',
  '[{"Type":"int64","Value":1},]',
  '[{"Type":"int64","Value":1}] ',
  '{{"Type":"int64","Value":1}]',
  '[{"Type":"int64","Value":01}]',
  '[{"Type":"int64","Value":-0}]',
  '[{"Type":"int64","Value":1.0}]',
  '[{"Type":"int64","Value":1e3}]',
  '[{"Type":"int64","Value":1000000000000000}]',
  '[{"Type":"","Value":1}]',
  '[{"Type":"int\\u0036","Value":1}]',
  '[{"Name":"a","Type":"int64","Value":1}]',
  '[{"Value":1,"Type":"int64"}]',
  '[{"Type":"int64","Value":1,"Value":2}]',
  '[{"Type":"string","Value":"\\n"}]',
  '[{"Type":"string","Value":"\n"}]',
  '[{"Type":"string","Value":"ä"}]',
  '[{"Type":"string","Value":"a"b"}]',
  '[{"Type":"[]int64","Value":[1]}]',
  '[{"Type":"string","Value":null}]',
]) {
  test(`left to the whole of JSON: ${JSON.stringify(json)}`, (t) => t.is(readScalarArgs(json), undefined));
}

test("whatever it reads, it reads as the whole of JSON is read", (t) => {
  const parts = [
    "[",
    "]",
    "{",
    "}",
    ",",
    '"Name":"",',
    '"Type":"int64",',
    '"Type":"string",',
    '"Value":',
    "1",
    "-",
    "0",
    '"',
    "a",
    "\\",
    "true",
    " ",
  ];
  const part = fc.oneof(
    fc.constantFrom(...parts),
    fc.constant('{"Type":"int64","Value":1}'),
    fc.constant('{"Type":"string","Value":"'),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (middle) => {
      const json = `[${middle.join("")}]`;
      const read = readScalarArgs(json);
      if (read !== undefined) t.deepEqual(read, parseJson(json) as never);
    }),
    { numRuns: 5000 },
  );
});
