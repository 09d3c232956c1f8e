import test from "ava";
import { MachineryError } from "../../src/errors.js";
import { decodeGroupMeta, encodeGroupMeta } from "../../src/wire/group.js";
import { header, readAttempt, readContractHash, readReplyTopic } from "../../src/wire/headers.js";
import { JsonNumber } from "../../src/wire/json.js";
import { decodeState, encodeState } from "../../src/wire/state.js";
import { isTerminalJson } from "../../src/wire/state-text.js";
import { dueMs, parseTime, rfc3339 } from "../../src/wire/time.js";

for (const json of [
  "",
  "null",
  "[]",
  "junk",
  "{}",
  '{"TaskUUID":"a"}',
  '{"TaskUUID":"a","State":"DONE"}',
  '{"TaskUUID":"a","State":"SUCCESS","Results":{}}',
  '{"TaskUUID":"a","State":"SUCCESS","Results":[{"Type":"int64"}]}',
  '{"TaskUUID":"a","State":"SUCCESS","Error":null}',
  '{"TaskUUID":"","State":"SUCCESS"}',
]) {
  test(`no task state: ${json}`, (t) => {
    const error = t.throws(() => decodeState(json, "task_1"), { instanceOf: MachineryError });
    t.is(error?.code, "ERR_STATE_CORRUPT");
    t.is(error?.at, "task_1");
  });
}

test("a state of the oldest kind is read, what it lacks is empty", (t) => {
  t.deepEqual(decodeState('{"TaskUUID":"a","State":"PENDING"}', "a"), {
    TaskUUID: "a",
    TaskName: "",
    State: "PENDING",
    Results: null,
    Error: "",
    CreatedAt: "",
  });
  t.is(decodeState('{"TaskUUID":"a","State":"SUCCESS","CreatedAt":null,"TTL":1795485666}', "a").State, "SUCCESS");
});

test("results of a state keep every digit, and may be many", (t) => {
  const state = decodeState(encodeState("a", "b", "SUCCESS", '[{"Type":"uint64","Value":18446744073709551615}]', "", ""), "a");
  t.deepEqual(state.Results, [{ Type: "uint64", Value: 2n ** 64n - 1n }]);
  const many = encodeState("a", "b", "SUCCESS", `[{"Type":"[]int64","Value":[${"0,".repeat(200_000)}0]}]`, "", "");
  t.is((decodeState(many, "a").Results![0]!.Value as unknown[]).length, 200_001);
});

test("the state's name is found in its JSON, whatever the strings around it hold", (t) => {
  const hostile = '","State":"SUCCESS';
  t.false(isTerminalJson(encodeState("a", hostile, "STARTED", null, hostile, "")));
  t.false(isTerminalJson(encodeState("a", "b", "RETRY", '[{"Type":"string","Value":"{\\"State\\":\\"SUCCESS\\"}"}]', "", "")));
  t.true(isTerminalJson(encodeState("a", '"State":"PENDING"', "FAILURE", null, "", "")));
  t.true(isTerminalJson(encodeState("a", "b", "SUCCESS", "[]", "", "")));
  t.false(isTerminalJson(""));
  t.deepEqual(JSON.parse(encodeState("a", hostile, "STARTED", null, 'a "quote"\n', "now")), {
    TaskUUID: "a",
    TaskName: hostile,
    State: "STARTED",
    Results: null,
    Error: 'a "quote"\n',
    CreatedAt: "now",
  });
});

test("a group is read back; what is none is refused", (t) => {
  const members = Array.from({ length: 100_000 }, (_, i) => `task_${i}`);
  t.deepEqual(decodeGroupMeta(encodeGroupMeta("group_1", members, "2026-01-01T00:00:00Z"), "group_1"), {
    GroupUUID: "group_1",
    TaskUUIDs: members,
    ChordTriggered: false,
    Lock: false,
    CreatedAt: "2026-01-01T00:00:00Z",
  });
  t.deepEqual(decodeGroupMeta('{"GroupUUID":"g","TaskUUIDs":null}', "g").TaskUUIDs, []);
  for (const json of ["", "{}", '{"GroupUUID":"g","TaskUUIDs":["a b"]}', '{"GroupUUID":"g","TaskUUIDs":["a"],"Lock":1}']) {
    t.is(t.throws(() => decodeGroupMeta(json, "g"), { instanceOf: MachineryError })?.code, "ERR_STATE_CORRUPT", json);
  }
});

test("times are RFC 3339, to the nanosecond", (t) => {
  t.is(parseTime("1970-01-01T00:00:00Z"), 0n);
  t.is(parseTime("2031-02-03T04:05:06.789123456Z"), BigInt(Date.UTC(2031, 1, 3, 4, 5, 6)) * 1_000_000n + 789_123_456n);
  t.is(parseTime("2026-01-01T05:30:00.5+05:30"), BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n + 500_000_000n);
  t.is(parseTime("2025-12-31T23:00:00-01:00"), BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n);
  t.is(parseTime("1969-12-31T23:59:59.999999999Z"), -1n);
  t.is(parseTime("0001-01-01T00:00:00Z"), -62135596800n * 1_000_000_000n);
  t.is(parseTime("2028-02-29T00:00:00Z"), BigInt(Date.UTC(2028, 1, 29)) * 1_000_000n);
  for (const text of [
    "",
    "tomorrow",
    "2026-01-01",
    "2026-01-01 00:00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T23:59:60Z",
    "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00.1234567890Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+00:60",
    "2026-01-01t00:00:00z",
  ]) {
    t.is(parseTime(text), undefined, text);
  }
});

test("a message is due at its ETA, never before", (t) => {
  t.is(dueMs(null), undefined);
  t.is(dueMs("0001-01-01T00:00:00Z"), undefined);
  t.is(dueMs("2026-01-01T00:00:00.001Z"), Date.UTC(2026, 0, 1, 0, 0, 0, 1));
  t.is(dueMs("2026-01-01T00:00:00.000000001Z"), Date.UTC(2026, 0, 1, 0, 0, 0, 1));
  t.is(rfc3339(Date.UTC(2026, 0, 1)), "2026-01-01T00:00:00.000Z");
  t.is(rfc3339(Number.MAX_SAFE_INTEGER), "9999-12-31T23:59:59.999Z");
});

test("headers are read as what they should be, or not at all", (t) => {
  t.is(readAttempt(null), 1);
  t.is(readAttempt({ [header.attempt]: "3" }), 3);
  for (const value of ["0", "-1", "1.5", 3, 3n, new JsonNumber("3.0"), null]) t.is(readAttempt({ [header.attempt]: value }), 1);
  t.is(readReplyTopic({ [header.reply]: "topic" }), "topic");
  t.is(readReplyTopic({ [header.reply]: 1 }), undefined);
  t.is(readReplyTopic(undefined), undefined);
  t.is(readContractHash({ [header.contract]: "0123456789abcdef" }), "0123456789abcdef");
});
