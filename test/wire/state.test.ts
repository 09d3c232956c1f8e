import test from "ava";
import fc from "fast-check";
import { MachineryError } from "../../src/errors.js";
import { parseJson } from "../../src/wire/json.js";
import { storedLimits } from "../../src/wire/limits.js";
import { decodeState, encodeState, StateRecord } from "../../src/wire/state.js";
import { isTerminalJson } from "../../src/wire/state-text.js";
import { vectors } from "./vectors.js";

/** The same by parsing all of it. */
function whole(json: string): { [field: string]: unknown } {
  return parseJson(json, storedLimits) as { [field: string]: unknown };
}

test("a state of Go's is read as the whole of it says", (t) => {
  for (const { file, text } of vectors("state-")) {
    const expected = whole(text);
    t.deepEqual(decodeState(text, expected.TaskUUID as string) as unknown, expected, file);
  }
});

test("whatever stands in a state, it is read as the whole of it says, or refused", (t) => {
  const parts = [
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    '"State":"SUCCESS"',
    ',"Error":"","CreatedAt":"',
    '"Results":[]',
    "é",
    "1.0",
  ];
  const text = fc.array(fc.constantFrom(...parts), { maxLength: 5 }).map((list) => list.join(""));
  const json = encodeState("task_1", "NAME", "SUCCESS", "RESULTS", "", "TIME");
  fc.assert(
    fc.property(text, text, text, (name, results, time) => {
      const changed = json
        .replace("NAME", () => name)
        .replace("RESULTS", () => results || "[]")
        .replace("TIME", () => time);
      try {
        t.deepEqual(decodeState(changed, "task_1") as unknown, { Error: "", CreatedAt: "", TaskName: "", ...whole(changed) });
      } catch (error) {
        t.true(error instanceof MachineryError && error.code === "ERR_STATE_CORRUPT", String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

test("a success is read no more lightly than the whole of it", (t) => {
  const success = encodeState("task_1", "add", "SUCCESS", "[]", "", "TIME");
  const refused = (json: string, id: string) =>
    t.is(t.throws(() => decodeState(json, id), { instanceOf: MachineryError })?.code, "ERR_STATE_CORRUPT", json.slice(0, 80));
  refused(success.replace('TIME"', ""), "task_1");
  refused(success.replace("task_1", ""), "");
  refused(success.replace("task_1", "t".repeat(201)), "t".repeat(201));
  const nested = (levels: number) => success.replace("[]", `[{"Type":"x","Value":${"[".repeat(levels)}${"]".repeat(levels)}}]`);
  t.is(decodeState(nested(61), "task_1").State, "SUCCESS");
  refused(nested(62), "task_1");
});

test("results keep every digit", (t) => {
  const results = '[{"Type":"uint64","Value":18446744073709551615},{"Type":"float64","Value":1e400}]';
  const state = decodeState(encodeState("task_1", "every", "SUCCESS", results, "", ""), "task_1");
  t.deepEqual(state.Results, whole(`{"r":${results}}`).r as never);
  t.is(state.Results?.[0]?.Value, 18446744073709551615n);
});

test("a record writes its JSON when it is asked for, once", (t) => {
  const record = new StateRecord("task_1", "add", "FAILURE", null, 'bo"om', "2026-01-01T00:00:00.000Z", 1000, undefined);
  t.is(record.json, encodeState("task_1", "add", "FAILURE", null, 'bo"om', "2026-01-01T00:00:00.000Z"));
  t.true(isTerminalJson(record.json));
});
