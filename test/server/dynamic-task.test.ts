import test from "ava";
import { signature } from "machinery-ts";
import * as handlers from "../../tasks/index.js";
import { stage } from "../worker/stage.js";
import { dispatch } from "../worker/tutorial.js";

const every = [
  ["bool", true],
  ["int", -(2n ** 63n)],
  ["int8", -128],
  ["int16", 32767],
  ["int32", -(2 ** 31)],
  ["int64", 2n ** 63n - 1n],
  ["uint", 2n ** 64n - 1n],
  ["uint8", 255],
  ["uint16", 65535],
  ["uint32", 2 ** 32 - 1],
  ["uint64", 2n ** 64n - 1n],
  ["float32", Math.fround(0.1)],
  ["float64", 0.1],
  ["string", "héllo <b>\u2028😀"],
  ["[]int64", [1n, 2n ** 62n]],
  ["[]uint8", new Uint8Array([0, 255])],
  ["[]string", ["a", ""]],
] as const;

test("arguments by the types that the message names, results by the types that are declared", async (t) => {
  const { server, work } = await stage(t);
  let got: unknown[] = [];
  server.registerTask(
    "echo",
    (...args: unknown[]) => {
      got = args;
      return args;
    },
    { returns: every.map(([type]) => type) },
  );
  await work({ handlers: new Map() });
  const sent = await server.sendTask(signature({ name: "echo", args: every.map(([type, value]) => ({ type, value })) }));
  const values = every.map(([, value]) => value);
  t.deepEqual(await sent.get(), values);
  t.deepEqual(got, values);
  // Somebody else, who knows the id and no more.
  t.deepEqual(await server.asyncResult(sent.uuid).get(), values);
});

test("results by what they are in TypeScript, where nothing is declared", async (t) => {
  const { server, work } = await stage(t);
  let result: unknown;
  server.registerTasks({ give: () => result });
  await work({ handlers: new Map() });
  const give = async () => {
    const sent = await server.sendTask(signature({ name: "give" }));
    const value = await sent.get();
    return [value, (await sent.getState()).results?.map(({ Type }) => Type)];
  };
  for (const [value, type] of [
    [7n, "int64"],
    [1.5, "float64"],
    ["x", "string"],
    [false, "bool"],
    [new Uint8Array([1]), "[]uint8"],
    [["a", "b"], "[]string"],
    [[1n], "[]int64"],
  ] as const) {
    result = value;
    t.deepEqual(await give(), [value, [type]]);
  }
  result = undefined;
  t.deepEqual(await give(), [undefined, []]);
  for (const value of [null, {}, [], [[1n]], Symbol("x"), Number.NaN, 2n ** 63n]) {
    result = value;
    await t.throwsAsync(give(), { message: /ERR_RESULT_(VALUE|RANGE)/ }, String(value));
  }
});

test("results that are not those declared", async (t) => {
  const { server, work } = await stage(t);
  server.registerTask("one", () => "x", { returns: ["int64"] });
  server.registerTask("two", () => [1n], { returns: ["int64", "int64"] });
  server.registerTask("none", () => 1n, { returns: [] });
  await work({ handlers: new Map() });
  const call = async (name: string) => (await server.sendTask(signature({ name }))).get();
  await t.throwsAsync(call("one"), { message: /ERR_RESULT_VALUE/ });
  await t.throwsAsync(call("two"), { message: /ERR_RESULT_COUNT/ });
  t.is(await call("none"), undefined);
});

test("arguments of no type of Machinery's", async (t) => {
  const { server, publish, work } = await stage(t);
  server.registerTask("echo", () => 1n);
  await work({ handlers: new Map() });
  await publish('{"UUID":"task_x","Name":"echo","Args":[{"Type":"constructor","Value":1}]}');
  await t.throwsAsync(server.asyncResult("task_x").get(), { message: /ERR_ARG_TYPE/ });
});

test("what is registered is there for the workers made afterwards; a worker's own handlers go first", async (t) => {
  const { server, send } = await stage(t);
  t.false(server.isTaskRegistered("add"));
  const early = server.newWorker("early", { queues: ["early"] });
  server.registerTask("add", () => -1n);
  server.registerTask("none", () => undefined);
  t.true(server.isTaskRegistered("add"));
  t.deepEqual(server.getRegisteredTaskNames(), ["add", "none"]);
  await early.start();
  const none = await server.sendTask(signature({ name: "none", queue: "early" }));
  const worker = server.newWorker("late", { handlers: dispatch(handlers) });
  await worker.start();
  t.is(await (await send.add(1n, 1n)).get(), 2n);
  const registered = server.newWorker("registered", { queues: ["early"] });
  await early.stop();
  await registered.start();
  const other = await server.sendTask(signature({ name: "add", queue: "early" }));
  t.is(await other.get(), -1n);
  t.is((await none.getState()).state, "PENDING");
});

test("a handler that is none", async (t) => {
  const { server } = await stage(t);
  t.throws(() => server.registerTask("x", undefined as never), { code: "ERR_HANDLER_MISSING" });
});
