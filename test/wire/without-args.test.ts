import test from "ava";
import { defaultLimits } from "../../src/wire/limits.js";
import { parseMessage } from "../../src/wire/message.js";
import { checkReadWithoutArgs, readWithoutArgs, unreadArgs } from "../../src/wire/without-args.js";

const signature = {
  UUID: "task_1",
  Name: "t",
  RoutingKey: "q",
  ETA: null,
  GroupUUID: "",
  GroupTaskCount: 0,
  Args: [{ Name: "", Type: "string", Value: 'say ,"Headers":{} and ,"Args":[]'.repeat(1000) }],
  Headers: { a: "Args", big: "9007199254740993" },
  Priority: 3,
  Immutable: false,
  RetryCount: 2,
  RetryTimeout: 1,
  OnSuccess: null,
  OnError: null,
  ChordCallback: null,
};
type Fields = { readonly [Field in keyof typeof signature]?: unknown };

const bytes = (fields: Fields): Buffer => Buffer.from(JSON.stringify(fields));
const callback = { ...signature, UUID: "task_2", Args: [{ Type: "int64", Value: 1 }] };

const readable: [what: string, fields: Fields][] = [
  ["as Go writes it", signature],
  [
    "with callbacks, which have arguments and headers of their own",
    { ...signature, OnSuccess: [callback], ChordCallback: callback },
  ],
  ["without a priority", (({ Priority: _, ...others }) => others)(signature)],
];

for (const [what, fields] of readable) {
  test(`a large message ${what} is read but for its arguments`, (t) => {
    const message = readWithoutArgs(bytes(fields), defaultLimits);
    t.is(message?.Args, unreadArgs as never);
    t.deepEqual({ ...message, Args: fields.Args }, fields as never);
    t.notThrows(() => checkReadWithoutArgs(parseMessage(bytes(fields)), bytes(fields), defaultLimits));
  });
}

test("numbers beside the arguments keep their digits", (t) => {
  const body = Buffer.from(JSON.stringify(signature).replace('"9007199254740993"', "9007199254740993"));
  t.deepEqual(readWithoutArgs(body, defaultLimits)?.Headers, { a: "Args", big: 9007199254740993n });
});

test("arguments that are no JSON are not looked at", (t) => {
  const body = Buffer.from(JSON.stringify(signature).replace('"Args":[', '"Args":[}{'));
  t.is(readWithoutArgs(body, defaultLimits)?.UUID, "task_1");
});

const { Args, Headers, OnSuccess, ...others } = signature;
const whole: [what: string, body: Buffer][] = [
  ["that is small", bytes({ ...signature, Args: [] })],
  ["with its headers first", bytes({ Headers, OnSuccess, ...others, Args })],
  ["with a callback first", bytes({ OnSuccess: [callback], ...others, Args, Headers } as Fields)],
  ["with a field between arguments and headers", bytes({ ...others, Args, OnSuccess: [callback], Headers } as Fields)],
  ["without headers", bytes({ ...others, Args, OnSuccess } as Fields)],
  ["whose arguments hold headers", bytes({ ...signature, Args: [...Args, { a: 1, Headers: {} }] })],
  ["that is broken behind its arguments", Buffer.from(JSON.stringify(signature).slice(0, -1))],
  ["that is too large", Buffer.from(JSON.stringify({ ...signature, Args: ["x".repeat(defaultLimits.maxBytes)] }))],
];

for (const [what, body] of whole) {
  test(`a message ${what} is to be read whole`, (t) => t.is(readWithoutArgs(body, defaultLimits), undefined));
}

/** A message whose arguments are followed, in their own place, by a field and by arguments anew. */
function hiding(fields: Fields, hidden: Fields): Buffer {
  const text = JSON.stringify(hidden).slice(1, -1);
  return Buffer.from(JSON.stringify(fields).replace(',"Headers":{"a"', `,${text},"Args":[],"Headers":{"a"`));
}

const { Priority, ...withoutPriority } = signature;
for (const [fields, hidden] of [
  [signature, { Name: "other" }],
  [signature, { GroupUUID: "group_1" }],
  [withoutPriority, { Priority: 7 }],
] as const) {
  test(`a second ${Object.keys(hidden)} in the place of the arguments is found by who reads the whole`, (t) => {
    const body = hiding(fields, hidden);
    t.truthy(readWithoutArgs(body, defaultLimits));
    t.throws(() => checkReadWithoutArgs(parseMessage(body), body, defaultLimits), { code: "ERR_MSG_JSON" });
  });
}

test("what is overruled behind the arguments changes nothing", (t) => {
  const body = hiding(signature, { OnSuccess: [callback] });
  t.is(parseMessage(body).OnSuccess, null);
  t.notThrows(() => checkReadWithoutArgs(parseMessage(body), body, defaultLimits));
});
