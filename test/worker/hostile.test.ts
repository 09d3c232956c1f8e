import { gzipSync } from "node:zlib";
import test from "ava";
import { TaskError } from "machinery-ts";
import { keepingLogger, stage } from "./stage.js";

const sound = {
  UUID: "task_x",
  Name: "add",
  RoutingKey: "vec",
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
const message = (changes: object, without: string[] = []): string => {
  const entries = Object.entries({ ...sound, ...changes }).filter(([field]) => !without.includes(field));
  return JSON.stringify(Object.fromEntries(entries));
};
const arg = (Type: unknown, Value: unknown, Name = "add") => message({ Name, Args: [{ Type, Value }] });
const raw = (type: string, value: string, name = "add") =>
  message({ Name: name, Args: ["@"] }).replace('"@"', `{"Type":"${type}","Value":${value}}`);
const nested = (levels: number, kind: "OnSuccess" | "ChordCallback"): object => {
  const inner =
    levels === 0 ? {} : { [kind]: kind === "OnSuccess" ? [nested(levels - 1, kind), nested(0, kind)] : nested(levels - 1, kind) };
  return { ...sound, UUID: `task_${levels}_${Math.random()}`, ...inner };
};

/** Text or bytes, the code of the dead letter, and whether a state can be told of it. */
const corpus: Record<string, readonly [text: string | Uint8Array, code: string, told?: boolean]> = {
  null: ["null", "ERR_MSG_NOT_OBJECT"],
  "a string": ['"x"', "ERR_MSG_NOT_OBJECT"],
  "a number": ["1e400", "ERR_MSG_NOT_OBJECT"],
  "an array": ["[]", "ERR_MSG_NOT_OBJECT"],
  "a comma too many": ['{"UUID":"a",}', "ERR_MSG_JSON"],
  "half a message": [message({}).slice(0, 50), "ERR_MSG_JSON"],
  "invalid UTF-8": [Buffer.from("7bfffe7d", "hex"), "ERR_MSG_UTF8"],
  gzip: [gzipSync(message({})), "ERR_MSG_UTF8"],
  "depth 65": [message({ Args: [{ Type: "int64", Value: JSON.parse("[".repeat(65) + "]".repeat(65)) }] }), "ERR_MSG_DEPTH"],
  "depth 200,000": [`{"UUID":${"[".repeat(200_000)}`, "ERR_MSG_DEPTH"],
  "more than a MiB": [message({ UUID: "x".repeat(2 ** 20) }), "ERR_MSG_SIZE"],
  "200,000 values": [raw("[]int64", `[${"1,".repeat(200_000)}1]`, "sum_ints"), "ERR_MSG_VALUES"],
  "no field at all": ["{}", "ERR_SIG_FIELD"],
  "an empty UUID": [message({ UUID: "" }), "ERR_SIG_FIELD"],
  "a UUID with a command in it": [message({ UUID: "a\r\nset x" }), "ERR_SIG_CHARS"],
  "a UUID of 201 characters": [message({ UUID: "x".repeat(201) }), "ERR_SIG_LIMIT"],
  "a UUID that is Machinery's": [message({ UUID: "delayed_tasks" }), "ERR_SIG_RESERVED"],
  "a UUID that is the queue's": [message({ UUID: "vec" }), "ERR_SIG_RESERVED"],
  "a UUID that is a number": [message({ UUID: 7 }), "ERR_SIG_TYPE"],
  "no name": [message({}, ["Name"]), "ERR_SIG_FIELD", true],
  "an empty name": [message({ Name: "" }), "ERR_SIG_FIELD", true],
  "a name that is an object": [message({ Name: {} }), "ERR_SIG_TYPE", true],
  "arguments that are an object": [message({ Args: {} }), "ERR_SIG_TYPE", true],
  "an argument without a type": [message({ Args: [{ Value: 1 }] }), "ERR_ARG_TYPE", true],
  "an argument without a value": [message({ Args: [{ Type: "int64" }] }), "ERR_ARG_VALUE", true],
  "an argument of another type": [arg("string", "1"), "ERR_ARG_TYPE", true],
  "a type that is an object's own": [arg("constructor", 1), "ERR_ARG_TYPE", true],
  "an int64 in a string": [arg("int64", "1"), "ERR_ARG_VALUE", true],
  "an int64 with an exponent": [raw("int64", "1e3"), "ERR_ARG_VALUE", true],
  "an int64 with a point": [raw("int64", "1.0"), "ERR_ARG_VALUE", true],
  "an int64 out of range": [raw("int64", "9223372036854775808"), "ERR_ARG_RANGE", true],
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

for (const [what, [text, code, told = false]] of Object.entries(corpus)) {
  test(`${what}: ${code}, and the worker goes on`, async (t) => {
    const { server, send, publish, work, broker, queue } = await stage(t);
    await work({ concurrency: 1 });
    await publish(text);
    t.is(await (await send.add(1n, 2n)).get(), 3n);
    const [letter, ...others] = await broker.peek(queue, "dead", 10);
    t.deepEqual(others, []);
    t.true(letter!.dead!.reason.includes(`[${code}]`), letter!.dead!.reason);
    t.true(letter!.dead!.reason.length < 600, "no more of a value than 80 characters");
    t.deepEqual(Buffer.from(letter!.body), Buffer.from(text as string));
    if (told) {
      const error = await t.throwsAsync<TaskError>(server.asyncResult("task_x").get(), { instanceOf: TaskError });
      t.true(error!.taskMessage.startsWith(`[${code}]`), error!.taskMessage);
    }
    t.is(({} as { isAdmin?: boolean }).isAdmin, undefined);
  });
}

const accepted: Record<string, readonly [text: string, result: unknown]> = {
  "an int64 beyond 2^53": [raw("int64", "9007199254740993"), 9007199254740993n],
  "a key twice: the last one counts": [raw("int64", '1,"Value":2'), 2n],
  "an ETA in the year 1": [message({ ETA: "0001-01-01T00:00:00Z" }), 0n],
  "fields that nobody knows": [message({ Colour: "blue", Args: [{ Type: "int64", Value: 5, Unit: "m" }] }), 5n],
  "fields of later versions": [
    message({ BrokerMessageGroupId: "g", SQSReceiptHandle: "h", IgnoreWhenTaskNotRegistered: true }),
    0n,
  ],
  "the format of 2017": ['{"UUID":"task_x","Name":"add","Args":[{"Type":"int64","Value":3}]}', 3n],
  whitespace: [JSON.stringify(JSON.parse(message({})), null, 2), 0n],
};

for (const [what, [text, result]] of Object.entries(accepted)) {
  test(`${what}: accepted`, async (t) => {
    const { server, publish, work } = await stage(t);
    await work();
    await publish(text);
    t.deepEqual(await server.asyncResult("task_x").get(), result);
  });
}

test("a message larger than the limit of both sides is refused by the sender, with nothing sent", async (t) => {
  const { send, broker, queue, server } = await stage(t);
  await t.throwsAsync(send.split("x".repeat(server.config.maxMessageBytes)), { code: "ERR_MSG_SIZE", message: /split.*1048576/ });
  t.is((await broker.inspect(queue)).pending, 0);
});

test("with uniqueKeys, a message that names a key twice is put aside", async (t) => {
  const { server, publish, work, send, broker, queue } = await stage(t, { uniqueKeys: true });
  await work();
  await publish(raw("int64", '1,"Value":2'));
  t.is(await (await send.add(1n, 2n)).get(), 3n);
  const [letter] = await broker.peek(queue, "dead", 1);
  t.regex(letter?.dead?.reason ?? "", /\[ERR_MSG_DUP_KEY\]/);
  t.true(server.config.uniqueKeys);
});

test("a field that Machinery does not know does no harm, and is told of once for each task", async (t) => {
  const { logger, lines } = keepingLogger();
  const on = await stage(t, { logger });
  await on.work();
  const strange = { Colour: "blue", Size: 1, Args: [{ Type: "int64", Value: 1 }] };
  for (const [i, Name] of ["add", "add", "multiply", "add"].entries()) {
    const UUID = `strange_${on.name}_${i}`;
    await on.publish(message({ ...strange, UUID, Name }));
    await on.server.asyncResult(UUID).get();
  }
  const told = lines.filter((line) => line.message.includes("does not know"));
  t.deepEqual(
    told.map(({ level, fields: { task, field } }) => [level, task, field]),
    [
      ["warn", '"add"', '"Colour"'],
      ["warn", '"add"', '"Size"'],
      ["warn", '"multiply"', '"Colour"'],
      ["warn", '"multiply"', '"Size"'],
    ],
  );
});
