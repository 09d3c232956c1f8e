import { gzipSync } from "node:zlib";

/** A message that nobody should send, and what is to become of it. */
export interface HostileMessage {
  /** `@UUID@` and `@QUEUE@` stand for what `fill` puts there. */
  readonly body: string | Uint8Array;
  /** The code of the dead letter. */
  readonly code: string;
  /** Whether the task's state tells of it too: its UUID can be read. */
  readonly told: boolean;
}

const sound = {
  UUID: "@UUID@",
  Name: "add",
  RoutingKey: "@QUEUE@",
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
};

/** A sound message with some of its fields changed, and some left out. */
export function message(changes: object, without: readonly string[] = []): string {
  const entries = Object.entries({ ...sound, ...changes }).filter(([field]) => !without.includes(field));
  return JSON.stringify(Object.fromEntries(entries));
}

const arg = (Type: unknown, Value: unknown, Name = "add") => message({ Name, Args: [{ Type, Value }] });

/** With a value that stands in the message as it is written here. */
export const raw = (type: string, value: string, name = "add") =>
  message({ Name: name, Args: ["@"] }).replace('"@"', `{"Type":"${type}","Value":${value}}`);

/** One value of each scalar type, one of them as it is written here. */
const scalar = (type: string, value: string) => {
  const zeros = "int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64".split(" ").map((name) => [name, "0"]);
  const args = [["bool", "true"], ...zeros, ["string", '""']].map(
    ([name, zero]) => `{"Type":"${name}","Value":${name === type ? value : zero}}`,
  );
  return message({ Name: "every", Args: ["@"] }).replace('"@"', args.join(","));
};

/** An empty slice of each type, one of them as it is written here. */
const slice = (type: string, value: string) => {
  const types = "bool int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64 string".split(" ");
  const args = types.map((name) => `{"Type":"[]${name}","Value":${name === type ? value : "null"}}`);
  return message({ Name: "slices", Args: ["@"] }).replace('"@"', args.join(","));
};

const nested = (levels: number, kind: "OnSuccess" | "ChordCallback"): object => {
  const inner =
    levels === 0 ? {} : { [kind]: kind === "OnSuccess" ? [nested(levels - 1, kind), nested(0, kind)] : nested(levels - 1, kind) };
  return { ...sound, UUID: `@UUID@.${levels}.${Math.random()}`, ...inner };
};

const brackets = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as unknown;

type Row = readonly [body: string | Uint8Array, code: string, told?: boolean];

const rows: Record<string, Row> = {
  null: ["null", "ERR_MSG_NOT_OBJECT"],
  "a string": ['"x"', "ERR_MSG_NOT_OBJECT"],
  "a number": ["1e400", "ERR_MSG_NOT_OBJECT"],
  "an array": ["[]", "ERR_MSG_NOT_OBJECT"],
  "a comma too many": ['{"UUID":"a",}', "ERR_MSG_JSON"],
  "half a message": [message({}).slice(0, 50), "ERR_MSG_JSON"],
  "two messages": [message({}) + message({}), "ERR_MSG_JSON"],
  "a space": [" ", "ERR_MSG_JSON"],
  "a byte that is zero": [Uint8Array.of(0), "ERR_MSG_JSON"],
  "invalid UTF-8": [Buffer.from("7bfffe7d", "hex"), "ERR_MSG_UTF8"],
  "UTF-8 that goes round about": [Buffer.from("22c0af22", "hex"), "ERR_MSG_UTF8"],
  gzip: [gzipSync(message({})), "ERR_MSG_UTF8"],
  "depth 65": [message({ Args: [{ Type: "int64", Value: brackets(65) }] }), "ERR_MSG_DEPTH"],
  "depth 200,000": [`{"UUID":${"[".repeat(200_000)}`, "ERR_MSG_DEPTH"],
  "more than a MiB": [message({ UUID: "x".repeat(2 ** 20) }), "ERR_MSG_SIZE"],
  "17 MiB": [message({ UUID: "x".repeat(17 * 2 ** 20) }), "ERR_MSG_SIZE"],
  "200,000 values": [raw("[]int64", `[${"1,".repeat(200_000)}1]`, "sum_ints"), "ERR_MSG_VALUES"],
  "no field at all": ["{}", "ERR_SIG_FIELD"],
  "an empty UUID": [message({ UUID: "" }), "ERR_SIG_FIELD"],
  "a UUID with a command in it": [message({ UUID: "a\r\nset x" }), "ERR_SIG_CHARS"],
  "a UUID of 201 characters": [message({ UUID: "x".repeat(201) }), "ERR_SIG_LIMIT"],
  "a UUID that is Machinery's": [message({ UUID: "delayed_tasks" }), "ERR_SIG_RESERVED"],
  "a UUID that is Machinery's lock": [message({ UUID: "TriggerChordMutex" }), "ERR_SIG_RESERVED"],
  "a UUID that is the queue's": [message({ UUID: "@QUEUE@" }), "ERR_SIG_RESERVED"],
  "a UUID that is a number": [message({ UUID: 7 }), "ERR_SIG_TYPE"],
  "no name": [message({}, ["Name"]), "ERR_SIG_FIELD", true],
  "an empty name": [message({ Name: "" }), "ERR_SIG_FIELD", true],
  "a name that is an object": [message({ Name: {} }), "ERR_SIG_TYPE", true],
  "the name of an object's constructor": [message({ Name: "constructor" }), "ERR_TASK_UNKNOWN", true],
  "the name of a prototype": [message({ Name: "__proto__" }), "ERR_TASK_UNKNOWN", true],
  "the name of a method": [message({ Name: "toString" }), "ERR_TASK_UNKNOWN", true],
  "the name of a file": [message({ Name: "../../etc/passwd" }), "ERR_TASK_UNKNOWN", true],
  "arguments that are an object": [message({ Args: {} }), "ERR_SIG_TYPE", true],
  "an argument without a type": [message({ Args: [{ Value: 1 }] }), "ERR_ARG_TYPE", true],
  "an argument without a value": [message({ Args: [{ Type: "int64" }] }), "ERR_ARG_VALUE", true],
  "an argument of another type": [arg("string", "1"), "ERR_ARG_TYPE", true],
  "a type that is an object's own": [arg("constructor", 1), "ERR_ARG_TYPE", true],
  "an int64 in a string": [arg("int64", "1"), "ERR_ARG_VALUE", true],
  "an int64 with an exponent": [raw("int64", "1e3"), "ERR_ARG_VALUE", true],
  "an int64 with a point": [raw("int64", "1.0"), "ERR_ARG_VALUE", true],
  "an int64 out of range": [raw("int64", "9223372036854775808"), "ERR_ARG_RANGE", true],
  "a uint64 below zero": [scalar("uint64", "-1"), "ERR_ARG_RANGE", true],
  "an int8 that is too large": [scalar("int8", "300"), "ERR_ARG_RANGE", true],
  "a bool that is a number": [scalar("bool", "1"), "ERR_ARG_VALUE", true],
  "a float without end": [scalar("float64", "1e999"), "ERR_ARG_RANGE", true],
  "bytes that are not base64": [slice("uint8", '"not base64!"'), "ERR_ARG_VALUE", true],
  "slices for scalars": [arg("int64", [1]), "ERR_ARG_VALUE", true],
  "too few arguments": [message({ Name: "split" }), "ERR_ARG_COUNT", true],
  "too many arguments": [message({ Name: "none", Args: [{ Type: "int64", Value: 1 }] }), "ERR_ARG_COUNT", true],
  "a prototype in an object": [arg("string", '{"__proto__":{"isAdmin":true}}', "resize"), "ERR_ARG_KEY", true],
  "an object that is not the schema's": [arg("string", '{"image":1}', "resize"), "ERR_ARG_VALUE", true],
  "an object that is no JSON": [arg("string", "{", "resize"), "ERR_ARG_VALUE", true],
  "an ETA that is no time": [message({ ETA: "tomorrow" }), "ERR_SIG_TYPE", true],
  "a negative RetryCount": [message({ RetryCount: -1 }), "ERR_SIG_RANGE", true],
  "a RetryCount without end": [message({ RetryCount: 1e9 }), "ERR_SIG_RANGE", true],
  "a priority of 256": [message({ Priority: 256 }), "ERR_SIG_RANGE", true],
  "17 callbacks of chords": [message({ ChordCallback: nested(17, "ChordCallback") }), "ERR_SIG_LIMIT", true],
  "17 levels of branches": [message({ OnSuccess: [nested(17, "OnSuccess"), nested(0, "OnSuccess")] }), "ERR_SIG_LIMIT", true],
  "101 callbacks": [message({ OnSuccess: new Array(101).fill(sound) }), "ERR_SIG_LIMIT", true],
  "a task that follows itself": [message({ OnSuccess: [sound] }), "ERR_SIG_CYCLE", true],
  "callbacks that are a string": [message({ OnSuccess: "abc" }), "ERR_SIG_TYPE", true],
  "a wrong argument, and callbacks that are a string": [
    message({ Args: [{ Type: "int64", Value: "x" }], OnSuccess: "abc" }),
    "ERR_SIG_TYPE",
    true,
  ],
  "a wrong argument, and headers that are a string": [
    message({ Args: [{ Type: "int64", Value: "x" }], Headers: "abc" }),
    "ERR_SIG_TYPE",
    true,
  ],
  "a delay queue": [message({ RoutingKey: "delay.1.x" }), "ERR_SIG_RESERVED", true],
};

/** Messages that are to be put aside. */
export const refused: ReadonlyMap<string, HostileMessage> = new Map(
  Object.entries(rows).map(([what, [body, code, told = false]]) => [what, { body, code, told }]),
);

/** Odd messages that are to be run all the same, and what comes of them. */
export const accepted: ReadonlyMap<string, { readonly body: string; readonly result: unknown }> = new Map(
  Object.entries<readonly [body: string, result: unknown]>({
    "an int64 beyond 2^53": [raw("int64", "9007199254740993"), 9007199254740993n],
    "a key twice: the last one counts": [raw("int64", '1,"Value":2'), 2n],
    "an ETA in the year 1": [message({ ETA: "0001-01-01T00:00:00Z" }), 0n],
    "fields that nobody knows": [message({ Colour: "blue", Args: [{ Type: "int64", Value: 5, Unit: "m" }] }), 5n],
    "fields of later versions": [
      message({ BrokerMessageGroupId: "g", SQSReceiptHandle: "h", IgnoreWhenTaskNotRegistered: true }),
      0n,
    ],
    "the format of 2017": ['{"UUID":"@UUID@","Name":"add","Args":[{"Type":"int64","Value":3}]}', 3n],
    "headers that are a broker's own": [message({ Headers: { "x-death": [{ count: 1 }], "x-delivery-count": 9 } }), 0n],
    "headers that are numbers beyond any": [message({ Headers: { far: -1e51, near: 2 ** 63, e: 1e-300 } }), 0n],
    "a header that is a prototype": [message({}).replace('"Headers":null', '"Headers":{"__proto__":{"isAdmin":true}}'), 0n],
    whitespace: [JSON.stringify(JSON.parse(message({})), null, 2), 0n],
  }).map(([what, [body, result]]) => [what, { body, result }]),
);

/** A message with its place and its own id. */
export function fill(body: string | Uint8Array, uuid: string, queue: string): Uint8Array {
  if (typeof body !== "string") return body;
  return Buffer.from(body.replaceAll("@UUID@", uuid).replaceAll("@QUEUE@", queue));
}
