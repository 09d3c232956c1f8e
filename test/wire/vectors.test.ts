import test from "ava";
import { go } from "../../src/gen/v1/go.js";
import { isGo } from "../../src/gen/v1/validate.js";
import type { GoType } from "../../src/wire/go-types.js";
import { decodeGroupMeta, encodeGroupMeta } from "../../src/wire/group.js";
import { parseJson, stringifyJson } from "../../src/wire/json.js";
import { defaultLimits } from "../../src/wire/limits.js";
import { decodeMessage } from "../../src/wire/message.js";
import { encodeWireSignature } from "../../src/wire/signature.js";
import { decodeState, encodeState } from "../../src/wire/state.js";
import { isTerminal, isTerminalJson } from "../../src/wire/state-text.js";
import { dueMs, parseTime } from "../../src/wire/time.js";
import { tokens, vector, vectors } from "./vectors.js";

const bytes = (text: string) => new TextEncoder().encode(text);

for (const { file, text } of vectors("message-")) {
  test(`${file} is read, and written as Go wrote it`, (t) => {
    const signature = decodeMessage(bytes(text), defaultLimits, "vec");
    t.deepEqual(tokens(encodeWireSignature(signature)), tokens(text));
    t.deepEqual(tokens(stringifyJson(parseJson(text))), tokens(text));
  });

  test(`${file}: every argument is read and written by the codec of its type`, (t) => {
    const { Args } = decodeMessage(bytes(text));
    t.is(Args?.length ?? 0, (text.split('"OnSuccess"')[0]?.match(/"Type"/g) ?? []).length);
    for (const { Type, Value } of Args ?? []) {
      const codec = go[Type as GoType];
      t.true(isGo[Type as GoType](Value), Type);
      t.deepEqual(tokens(codec.encode(codec.decode(Value, "a") as never, "a")), tokens(stringifyJson(Value)), Type);
    }
  });
}

for (const { file, text } of vectors("state-")) {
  test(`${file} is read, and written as Go wrote it`, (t) => {
    const state = decodeState(text, "id");
    const results = state.Results === null ? null : stringifyJson(state.Results as never);
    const json = encodeState(state.TaskUUID, state.TaskName, state.State, results, state.Error, state.CreatedAt);
    t.deepEqual(tokens(json), tokens(text));
    t.is(isTerminalJson(text), file.startsWith("state-final-"));
    t.is(isTerminal(state.State), file.startsWith("state-final-"));
    t.not(parseTime(state.CreatedAt), undefined);
  });
}

test("a group is read, and written as Go wrote it", (t) => {
  const text = vector("group-meta.json");
  const { GroupUUID, TaskUUIDs, CreatedAt } = decodeGroupMeta(text, "id");
  t.is(encodeGroupMeta(GroupUUID, TaskUUIDs, CreatedAt), text);
});

test("the score that Go gives a delayed message is its ETA", (t) => {
  const { ETA } = decodeMessage(bytes(vector("message-delayed.json")));
  t.is(Number(parseTime(ETA!)), Number(vector("delayed-score.txt")));
  t.is(dueMs(ETA), Date.UTC(2031, 1, 3, 4, 5, 6, 790));
});

test("the largest integers keep every digit", (t) => {
  const { Args } = decodeMessage(bytes(vector("message-every-scalar-max-uint64.json")));
  const values = new Map(Args!.map(({ Type, Value }) => [Type, Value]));
  t.is(values.get("int"), -(2n ** 63n));
  t.is(values.get("int64"), 2n ** 63n - 1n);
  t.is(values.get("uint64"), 2n ** 64n - 1n);
});

test("messages of 2017, which lack later fields, get Go's zero values", (t) => {
  const old =
    '{"UUID":"task_1","Name":"add","RoutingKey":"","GroupUUID":"","GroupTaskCount":0,"Args":[{"Type":"int64","Value":1}],"Headers":null,"Immutable":false,"OnSuccess":null,"OnError":null,"ChordCallback":null}';
  const signature = decodeMessage(bytes(old));
  t.is(signature.ETA, null);
  t.is(signature.RetryCount, 0);
  t.is(signature.RetryTimeout, 0);
  t.deepEqual(decodeMessage(bytes('{"UUID":"task_1","Name":"add","ChordCallback":{"Name":"b"}}')).ChordCallback, {
    UUID: "",
    Name: "b",
    RoutingKey: "",
    ETA: null,
    GroupUUID: "",
    GroupTaskCount: 0,
    Args: null,
    Headers: null,
    Immutable: false,
    RetryCount: 0,
    RetryTimeout: 0,
    OnSuccess: null,
    OnError: null,
    ChordCallback: null,
  });
});

test("fields of later versions, and fields that nobody knows, are kept", (t) => {
  const text =
    '{"UUID":"task_1","Name":"add","RoutingKey":"q","ETA":null,"GroupUUID":"","GroupTaskCount":0,"Args":null,"Headers":{"n":1.0},' +
    '"Priority":3,"Immutable":false,"RetryCount":0,"RetryTimeout":0,"OnSuccess":null,"OnError":null,"ChordCallback":null,' +
    '"BrokerMessageGroupId":"g","SQSReceiptHandle":"h","StopTaskDeletionOnError":true,"IgnoreWhenTaskNotRegistered":true,"X":[1e3]}';
  t.is(encodeWireSignature(decodeMessage(bytes(text))), text);
});
