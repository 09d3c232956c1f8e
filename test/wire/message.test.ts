import { gzipSync } from "node:zlib";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { definitions } from "../../generated/definitions.js";
import { MachineryError } from "../../src/errors.js";
import { defaultLimits, hardLimits, messageLimits } from "../../src/wire/limits.js";
import { checkEnvelope, decodeMessage, explainInvalid, isValid, parseMessage, readMessage } from "../../src/wire/message.js";
import type { WireSignature } from "../../src/wire/signature.js";
import { vector, vectors } from "./vectors.js";

const bytes = (text: string) => new TextEncoder().encode(text);

function refused(t: ExecutionContext, run: () => unknown, code: string, message?: RegExp): void {
  const error = t.throws(run, { instanceOf: MachineryError }, `expected ${code}`);
  t.is(error?.code, code as never, error?.message);
  if (message) t.regex(error?.message ?? "", message);
  // No more than 80 characters of a value.
  t.true((error?.message.length ?? 0) < 400);
}

/** A message with some fields as given, in JSON text. */
function signature(fields: { [name: string]: string }): Uint8Array {
  const all: { [name: string]: string } = { UUID: '"task_1"', Name: '"add"', RoutingKey: '"q"', Args: "null", ...fields };
  const members = Object.entries(all).flatMap(([name, json]) => (json === "" ? [] : [`"${name}":${json}`]));
  return bytes(`{${members.join()}}`);
}

const decode = (body: Uint8Array) => () => decodeMessage(body, defaultLimits, "images");

const gzip = gzipSync('{"UUID":"a"}');

for (const [what, body, code, message] of [
  ["null", bytes("null"), "ERR_MSG_NOT_OBJECT", /is null/],
  ["a string", bytes('"x"'), "ERR_MSG_NOT_OBJECT", /a string/],
  ["an array", bytes("[]"), "ERR_MSG_NOT_OBJECT", /an array/],
  ["a number", bytes("1.0"), "ERR_MSG_NOT_OBJECT", /./],
  ["nothing", bytes(""), "ERR_MSG_JSON", /./],
  ["a trailing comma", bytes('{"UUID":"a",}'), "ERR_MSG_JSON", /position 12/],
  ["bytes that are no UTF-8", Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), "ERR_MSG_UTF8", /UTF-8\.$/],
  ["an overlong encoding", Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), "ERR_MSG_UTF8", /./],
  ["half a surrogate pair", Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), "ERR_MSG_UTF8", /./],
  ["gzip", gzip, "ERR_MSG_UTF8", /gzip/],
  ["depth 65", bytes(`{"a":${"[".repeat(64)}${"]".repeat(64)}}`), "ERR_MSG_DEPTH", /64/],
  ["more than 1 MiB", bytes(`{"a":"${"x".repeat(2 ** 20)}"}`), "ERR_MSG_SIZE", /1048576/],
  ["an empty object", bytes("{}"), "ERR_SIG_FIELD", /\/UUID: is missing/],
] as [string, Uint8Array, string, RegExp][]) {
  test(`a message that is ${what} is refused`, (t) => refused(t, decode(body), code, message));
}

const links = (length: number, inner = ""): string =>
  length === 0 ? "null" : `[{"UUID":"task_${length}","Name":"add",${inner}"OnSuccess":${links(length - 1, inner)}}]`;

test("a chain of 256 tasks is read, and one of 257 is not; each task of it may be as deep as any", (t) => {
  const deep = (levels: number): string => `"Headers":{"h":${"[".repeat(levels)}${"]".repeat(levels)}},`;
  const message = (length: number, inner?: string): Uint8Array =>
    bytes(`{"UUID":"task_0","Name":"add","OnSuccess":${links(length, inner)}}`);
  t.is(decodeMessage(message(256)).OnSuccess?.length, 1);
  refused(t, () => decodeMessage(message(257)), "ERR_SIG_LIMIT", /256/);
  t.notThrows(() => decodeMessage(message(3, deep(62))));
  refused(t, () => decodeMessage(message(3, deep(63))), "ERR_MSG_DEPTH", /\/OnSuccess\/0\/Headers.*64 levels/);
});

test("17 MiB are refused before anything is parsed, under any limits", (t) => {
  refused(t, () => parseMessage(new Uint8Array(17 * 2 ** 20), hardLimits), "ERR_MSG_SIZE");
  t.throws(() => messageLimits({ maxBytes: 17 * 2 ** 20 }), { message: /maxBytes/ });
  t.throws(() => messageLimits({ maxDepth: 0 }), { message: /maxDepth/ });
  t.is(messageLimits({ maxBytes: 2 ** 24 }).maxBytes, 2 ** 24);
});

const callback = (uuid: string, inside = "null"): string => `{"UUID":"${uuid}","Name":"add","ChordCallback":${inside}}`;
const nested = (depth: number): string => (depth === 0 ? "null" : callback(`chord_${depth}`, nested(depth - 1)));

for (const [fields, code, message] of [
  [{ UUID: "" }, "ERR_SIG_FIELD", /\/UUID: is missing/],
  [{ UUID: '""' }, "ERR_SIG_FIELD", /\/UUID: is empty/],
  [{ UUID: "1" }, "ERR_SIG_TYPE", /\/UUID/],
  [{ UUID: '"a\\r\\nset x"' }, "ERR_SIG_CHARS", /\/UUID/],
  [{ UUID: '"a\\n"' }, "ERR_SIG_CHARS", /\/UUID/],
  [{ UUID: `"${"a".repeat(201)}"` }, "ERR_SIG_LIMIT", /200/],
  [{ UUID: '"delayed_tasks"' }, "ERR_SIG_RESERVED", /\/UUID/],
  [{ UUID: '"TriggerChordMutex"' }, "ERR_SIG_RESERVED", /\/UUID/],
  [{ UUID: '"q"' }, "ERR_SIG_RESERVED", /name of the queue/],
  [{ UUID: '"images"' }, "ERR_SIG_RESERVED", /name of the queue/],
  [{ UUID: '"task_1:p:run"' }, "ERR_SIG_RESERVED", /:p:/],
  [{ GroupUUID: '"task_1"' }, "ERR_SIG_RESERVED", /\/GroupUUID/],
  [{ GroupUUID: '"images"' }, "ERR_SIG_RESERVED", /\/GroupUUID/],
  [{ GroupUUID: '"a b"' }, "ERR_SIG_CHARS", /\/GroupUUID/],
  [{ GroupTaskCount: "-1" }, "ERR_SIG_RANGE", /\/GroupTaskCount/],
  [{ Name: "" }, "ERR_SIG_FIELD", /\/Name: is missing/],
  [{ Name: '""' }, "ERR_SIG_FIELD", /\/Name/],
  [{ RoutingKey: '"delay.1.x"' }, "ERR_SIG_RESERVED", /\/RoutingKey/],
  [{ RoutingKey: '"delayed_tasks"' }, "ERR_SIG_RESERVED", /\/RoutingKey/],
  [{ RoutingKey: '"{q}:p:dead"' }, "ERR_SIG_RESERVED", /\/RoutingKey/],
  [{ RoutingKey: `"${"q".repeat(256)}"` }, "ERR_SIG_LIMIT", /\/RoutingKey/],
  [{ Args: "{}" }, "ERR_SIG_TYPE", /\/Args: expected array or null/],
  [{ Args: "[1]" }, "ERR_SIG_TYPE", /\/Args\/0/],
  [{ Args: '[{"Value":1}]' }, "ERR_ARG_TYPE", /\/Args\/0\/Type: is missing/],
  [{ Args: '[{"Type":"int64"}]' }, "ERR_ARG_VALUE", /\/Args\/0\/Value: is missing/],
  [{ Args: '[{"Type":1,"Value":1}]' }, "ERR_ARG_TYPE", /\/Args\/0\/Type/],
  [{ ETA: '"tomorrow"' }, "ERR_SIG_TYPE", /\/ETA.*RFC 3339.*tomorrow/],
  [{ ETA: '"2026-02-30T00:00:00Z"' }, "ERR_SIG_TYPE", /\/ETA/],
  [{ ETA: '"2026-01-01T24:00:00Z"' }, "ERR_SIG_TYPE", /\/ETA/],
  [{ ETA: "1" }, "ERR_SIG_TYPE", /\/ETA/],
  [{ RetryCount: "-1" }, "ERR_SIG_RANGE", /\/RetryCount.*-1/],
  [{ RetryCount: "1000000000" }, "ERR_SIG_RANGE", /\/RetryCount/],
  [{ RetryCount: "1e9" }, "ERR_SIG_TYPE", /\/RetryCount.*1e9/],
  [{ RetryCount: "1.0" }, "ERR_SIG_TYPE", /\/RetryCount.*1\.0/],
  [{ RetryTimeout: "-1" }, "ERR_SIG_RANGE", /\/RetryTimeout/],
  [{ Priority: "256" }, "ERR_SIG_RANGE", /\/Priority/],
  [{ Immutable: "1" }, "ERR_SIG_TYPE", /\/Immutable/],
  [{ Headers: "[]" }, "ERR_SIG_TYPE", /\/Headers/],
  [{ OnSuccess: "{}" }, "ERR_SIG_TYPE", /\/OnSuccess/],
  [{ OnSuccess: "[null]" }, "ERR_SIG_TYPE", /\/OnSuccess\/0/],
  [{ OnSuccess: '[{"UUID":"a"}]' }, "ERR_SIG_FIELD", /\/OnSuccess\/0\/Name/],
  [{ OnSuccess: `[${Array(101).fill(callback("a")).join()}]` }, "ERR_SIG_LIMIT", /\/OnSuccess.*100/],
  [{ OnSuccess: `[${callback("task_1")}]` }, "ERR_SIG_CYCLE", /\/OnSuccess\/0\/UUID/],
  [{ OnError: `[${callback("a", callback("task_1"))}]` }, "ERR_SIG_CYCLE", /\/OnError\/0\/ChordCallback\/UUID/],
  [{ OnError: `[${callback("a")},${callback("images")}]` }, "ERR_SIG_RESERVED", /\/OnError\/1\/UUID/],
  [{ ChordCallback: '{"UUID":"a","Name":"b","RoutingKey":"delay.1.x"}' }, "ERR_SIG_RESERVED", /\/ChordCallback\/RoutingKey/],
  [{ ChordCallback: '{"Name":"b","Args":[{"Value":1}]}' }, "ERR_ARG_TYPE", /\/ChordCallback\/Args\/0\/Type/],
  [{ ChordCallback: nested(17) }, "ERR_SIG_LIMIT", /16/],
] as [{ [name: string]: string }, string, RegExp][]) {
  test(`refused: ${JSON.stringify(fields).slice(0, 120)}`, (t) => refused(t, decode(signature(fields)), code, message));
}

for (const fields of [
  { UUID: `"${"a".repeat(200)}"` },
  { UUID: '"Task_1-a.b:c"' },
  { Name: '"constructor"' },
  { Name: '"../../etc/passwd"' },
  { ETA: '"0001-01-01T00:00:00Z"' },
  { ETA: '"2026-01-01T00:00:00.123456789+05:30"' },
  { ETA: "null" },
  { RetryCount: "1000000" },
  { Priority: "255" },
  { ChordCallback: nested(16) },
  { OnSuccess: `[${callback("same")},${callback("same")}]` },
  { OnSuccess: '[{"Name":"a"},{"Name":"b","UUID":""}]' },
  { OnSuccess: "[]", OnError: "[]" },
  { Headers: '{"x-death":[{"count":1}],"n":1.0}' },
  { Args: '[{"Type":"a type of tomorrow","Value":{"any":"thing"}}]' },
]) {
  test(`accepted: ${JSON.stringify(fields).slice(0, 120)}`, (t) => {
    t.is(typeof decodeMessage(signature(fields as { [name: string]: string }), defaultLimits, "images").Name, "string");
  });
}

/** A message for a task of this repository's contract, as a worker reads it. */
function readTask(name: keyof typeof definitions, args: string): unknown[] {
  const read = readMessage(signature({ Name: JSON.stringify(name), Args: args }));
  const { message } = read;
  const { validate, decodeArgs } = definitions[name];
  if (!isValid(validate, read)) throw explainInvalid(validate.errors, message);
  return decodeArgs(checkEnvelope(message as unknown as WireSignature).Args ?? []);
}

const one = (type: string, value: string): string => `{"Type":"${type}","Value":${value}}`;

test("a message like one that has passed is looked at no less", (t) => {
  const read = (fields: { [name: string]: string }) =>
    readMessage(signature({ UUID: '"task_1"', Name: '"add"', Args: "[]", Headers: "null", ...fields }));
  const valid = (fields: { [name: string]: string }, task: keyof typeof definitions = "add") =>
    isValid(definitions[task].validate, read(fields));
  for (let i = 0; i < 3; i++) t.true(valid({ Args: `[${one("int64", `${i}`)}]` }));
  t.is(read({}).layout?.passed, definitions.add.validate);
  t.false(valid({ Args: `[${one("uint64", "1")}]` }));
  t.false(valid({ Args: '{"a":1}' }));
  t.true(valid({ UUID: `"${"x".repeat(200)}"` }));
  t.false(valid({ UUID: `"${"x".repeat(201)}"` }));
  // Another worker of this process may know another task by the name.
  t.false(valid({}, "none"));
  t.true(valid({}));
});

for (const [name, args, code, message] of [
  ["sum_ints", "null", "ERR_ARG_COUNT", /\/Args: expected arguments, got none/],
  ["sum_ints", "[]", "ERR_ARG_COUNT", /at least 1, got 0/],
  ["sum_ints", `[${one("[]int64", "[]")},${one("[]int64", "[]")}]`, "ERR_ARG_COUNT", /at most 1, got 2/],
  ["none", `[${one("int64", "1")}]`, "ERR_ARG_COUNT", /at most 0, got 1/],
  ["add", `[${one("string", '"1"')}]`, "ERR_ARG_TYPE", /\/Args\/0\/Type: expected "int64", got "string"/],
  ["add", `[${one("int64", "1")},${one("uint64", "1")}]`, "ERR_ARG_TYPE", /\/Args\/1\/Type/],
  ["add", `[${one("int64", '"1"')}]`, "ERR_ARG_VALUE", /\/Args\/0\/Value: expected an integer in plain digits \(int64\), got "1"/],
  ["add", `[${one("int64", "1e3")}]`, "ERR_ARG_VALUE", /1e3/],
  ["add", `[${one("int64", "1.0")}]`, "ERR_ARG_VALUE", /1\.0/],
  ["add", `[${one("int64", "1.5")}]`, "ERR_ARG_VALUE", /1\.5/],
  ["add", `[${one("int64", "null")}]`, "ERR_ARG_VALUE", /null/],
  ["add", `[${one("int64", '{"text":"1"}')}]`, "ERR_ARG_VALUE", /text/],
  ["add", `[${one("int64", "9223372036854775808")}]`, "ERR_ARG_RANGE", /9223372036854775808/],
  ["add", `[${one("int64", "-9223372036854775809")}]`, "ERR_ARG_RANGE", /./],
  ["sum_ints", `[${one("[]int64", "[1,2,1.0]")}]`, "ERR_ARG_VALUE", /\/Args\/0\/Value\/2/],
  ["sum_ints", `[${one("[]int64", "[1,9223372036854775808]")}]`, "ERR_ARG_RANGE", /\/Args\/0\/Value\/1/],
  ["sum_ints", `[${one("[]int64", '"1"')}]`, "ERR_ARG_VALUE", /an array \(\[\]int64\)/],
  ["sum_floats", `[${one("[]float64", "[1e400]")}]`, "ERR_ARG_RANGE", /1e400/],
  ["sum_floats", `[${one("[]float64", '["1"]')}]`, "ERR_ARG_VALUE", /\/Args\/0\/Value\/0/],
  ["concat", `[${one("[]string", "[1]")}]`, "ERR_ARG_VALUE", /a string/],
] as [keyof typeof definitions, string, string, RegExp][]) {
  test(`${name} refuses ${args}`, (t) => refused(t, () => readTask(name, args), code, message));
}

// The codes for each type, at one place of the task that takes every type.
const everyScalar = decodeMessage(bytes(vector("message-every-scalar.json"))).Args!;
const everySlice = decodeMessage(bytes(vector("message-every-slice.json"))).Args!;
const show = (value: unknown): string =>
  JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `#${v}#` : v)).replace(/"#(.*?)#"/g, "$1");
const withValue = (args: typeof everyScalar, type: string, value: string): string =>
  `[${args.map(({ Type, Value }) => one(Type, Type === type ? value : show(Value))).join()}]`;

for (const [type, value, code] of [
  ["bool", "1", "ERR_ARG_VALUE"],
  ["bool", '"true"', "ERR_ARG_VALUE"],
  ["int8", "128", "ERR_ARG_RANGE"],
  ["int8", "-129", "ERR_ARG_RANGE"],
  ["int8", "1.0", "ERR_ARG_VALUE"],
  ["uint8", "256", "ERR_ARG_RANGE"],
  ["uint8", "-1", "ERR_ARG_RANGE"],
  ["int16", "32768", "ERR_ARG_RANGE"],
  ["uint16", "65536", "ERR_ARG_RANGE"],
  ["int32", "2147483648", "ERR_ARG_RANGE"],
  ["uint32", "4294967296", "ERR_ARG_RANGE"],
  ["uint64", "-1", "ERR_ARG_RANGE"],
  ["uint64", "18446744073709551616", "ERR_ARG_RANGE"],
  ["uint", "1e19", "ERR_ARG_VALUE"],
  ["float32", "3.5e38", "ERR_ARG_RANGE"],
  ["float64", "1e309", "ERR_ARG_RANGE"],
  ["float64", '"NaN"', "ERR_ARG_VALUE"],
  ["string", "1", "ERR_ARG_VALUE"],
  ["string", "null", "ERR_ARG_VALUE"],
] as const) {
  test(`a ${type} cannot be ${value}`, (t) => refused(t, () => readTask("every", withValue(everyScalar, type, value)), code));
}

for (const [type, value, code] of [
  ["[]uint8", '"not base64!"', "ERR_ARG_VALUE"],
  ["[]uint8", '"QQ"', "ERR_ARG_VALUE"],
  ["[]uint8", "[1,2]", "ERR_ARG_VALUE"],
  ["[]bool", "[true,1]", "ERR_ARG_VALUE"],
  ["[]int8", "[128]", "ERR_ARG_RANGE"],
  ["[]string", "{}", "ERR_ARG_VALUE"],
] as const) {
  test(`a ${type} cannot be ${value}`, (t) => refused(t, () => readTask("slices", withValue(everySlice, type, value)), code));
}

test("an integer beyond 2^53 arrives exactly", (t) => {
  t.deepEqual(readTask("add", `[${one("int64", "9007199254740993")},${one("int64", "1")}]`), [9007199254740993n, 1n]);
});

test("null slices are empty ones, and []byte is []uint8", (t) => {
  const nulls = readTask("slices", `[${everySlice.map(({ Type }) => one(Type.replace("[]uint8", "[]byte"), "null")).join()}]`);
  for (const [i, { Type }] of everySlice.entries()) t.deepEqual(nulls[i], Type === "[]uint8" ? new Uint8Array(0) : [], Type);
});

test("unknown extra fields do no harm", (t) => {
  t.deepEqual(readTask("add", '[{"Type":"int64","Value":1,"__proto__":{"x":1},"Later":true}]'), [1n]);
  t.is(({} as { x?: number }).x, undefined);
});

test("whatever the bytes, reading them fails with an error of this library or not at all", (t) => {
  const seeds = vectors("message-").map(({ text }) => bytes(text));
  const mangled = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
    .map(([seed, flips]) => {
      const copy = Uint8Array.from(seed);
      for (const [at, byte] of flips) copy[at % copy.length] = byte;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(mangled, fc.uint8Array(), fc.json().map(bytes)), (body) => {
      try {
        decodeMessage(body);
      } catch (error) {
        if (!(error instanceof MachineryError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
  t.pass();
});
