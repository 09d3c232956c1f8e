import test from "ava";
import { Binary, BSON, Int32, Long } from "mongodb";
import { resultsFrom, resultsOf, type StoredResult } from "../../src/backends/mongodb/results.js";
import { vector } from "../wire/vectors.js";

/** What is left of results on their way through MongoDB, as the adapter reads them. */
function stored(json: string): StoredResult[] {
  return BSON.deserialize(BSON.serialize({ results: resultsFrom(json) }), { promoteLongs: false }).results;
}

test("results come back as they were, to the last digit", (t) => {
  const every = /"Results":(\[.*\]),"Error"/.exec(vector("state-final-every-scalar.json"))![1]!;
  const same = [
    "[]",
    '[{"Type":"int64","Value":-9223372036854775808},{"Type":"uint64","Value":18446744073709551615},{"Type":"uint8","Value":0}]',
    '[{"Type":"[]uint64","Value":[0,9223372036854775807,9223372036854775808]},{"Type":"[]int","Value":[]},{"Type":"[]string","Value":null}]',
    '[{"Type":"float64","Value":1.7976931348623157e+308},{"Type":"float64","Value":-0},{"Type":"float32","Value":0.1}]',
    '[{"Type":"string","Value":"18446744073709551615"},{"Type":"string","Value":"{\\"a\\":1}"},{"Type":"bool","Value":true}]',
    '[{"Type":"[]uint8","Value":"AAECAw=="},{"Type":"[]float64","Value":[0.1,2,null]},{"Type":"[]bool","Value":[true,false]}]',
  ];
  for (const json of same) t.is(resultsOf(stored(json)), json);
  t.deepEqual(JSON.parse(resultsOf(stored(every))), JSON.parse(every));
  t.true(resultsOf(stored(every)).includes("-9223372036854775808"));
});

test("whole numbers are int64, which is all that Go reads", (t) => {
  for (const type of ["int", "int8", "int16", "int32", "int64", "uint8", "uint64"]) {
    const [{ value }] = stored(`[{"Type":"${type}","Value":7}]`) as [StoredResult];
    t.true(value instanceof Long, type);
  }
  const [{ value }] = stored('[{"Type":"float64","Value":7}]') as [StoredResult];
  t.is(value, 7);
});

test("what Go's workers store is read", (t) => {
  const results: StoredResult[] = [
    { type: "json", value: { a: Long.fromString("9007199254740993"), b: [1.5, "x", null], c: { d: true } } },
    { type: "int32", value: new Int32(-5) },
    { type: "[]byte", value: new Binary(Buffer.from([0, 1, 2, 3])) },
    { type: "string", value: "plain" },
  ];
  const read = BSON.deserialize(BSON.serialize({ results }), { promoteLongs: false }).results;
  t.is(
    resultsOf(read),
    '[{"Type":"string","Value":"{\\"a\\":9007199254740993,\\"b\\":[1.5,\\"x\\",null],\\"c\\":{\\"d\\":true}}"},' +
      '{"Type":"int32","Value":-5},{"Type":"[]byte","Value":"AAECAw=="},{"Type":"string","Value":"plain"}]',
  );
});
