import test from "ava";
import { filesOf } from "./project.js";

const contract = `
contract: "1"
package: example
tasks:
  add:
    description: The sum of all terms.
    args: [{ name: terms, type: int64, variadic: true, description: What is added up. }]
    returns: [{ name: sum, type: int64, description: The sum. }]
  divmod:
    description: Quotient and remainder.
    args: [{ name: a, type: int64 }, { name: b, type: int64 }]
    returns: [{ name: quotient, type: int64 }, { name: remainder, type: int64 }]
  log:
    args: [{ name: message, type: string }, { name: values, type: float32, variadic: true }]
  resize:
    args: [{ name: request, type: { $ref: "#/$defs/ResizeRequest" } }, { name: pixels, type: "[]byte" }]
    returns: [{ name: pixels, type: "[]uint8" }]
    policy: { run: thread, queue: images, retry: { count: 3, timeout: 1s }, timeout: 30s, result_ttl: 1h }
$defs:
  ResizeRequest:
    title: A request
    description: What is to become of an image.
    type: object
    required: [id, "the width"]
    additionalProperties: false
    properties:
      id: { type: integer, format: int64 }
      "the width": { type: integer, minimum: 1, description: In pixels. }
      ratio: { type: [number, "null"], exclusiveMinimum: 0 }
      fit: { type: string, enum: [contain, cover] }
      parts: { type: array, minItems: 1, items: { $ref: "#/$defs/ResizeRequest" } }
      labels: { type: object, additionalProperties: { type: string, maxLength: 8, pattern: "^[a-z]+$" } }
      old: { type: boolean, deprecated: true }
`;

/** Without the header, which changes with the version. */
const body = (text: string) => text.slice(text.indexOf("\n") + 1);

for (const path of ["definitions.ts", "dispatch.ts", "index.ts", "senders.ts", "tasks.ts", "types.ts"]) {
  test(`${path} of a small contract`, async (t) => {
    const files = await filesOf(contract);
    t.snapshot(body(files.get(path)!));
  });
}

test("validators.ts of a small contract", async (t) => {
  const text = (await filesOf(contract)).get("validators.ts")!;
  // The envelope's own validator is that of generated/wire.
  t.snapshot(body(text).replace(/^function validate(?:Envelope|Fields|Callback|Arg)\([\s\S]*?^}\n\n?/gm, ""));
});

/** The lines of a file that hold all of the words. */
async function lines(contractText: string, path: string, ...words: string[]): Promise<string[]> {
  const text = (await filesOf(contractText)).get(path)!;
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => words.every((word) => line.includes(word)));
}

const oneTask = (task: string, defs = "{}") => `{ contract: "1", package: p, tasks: { t: ${task} }, $defs: ${defs} }`;

test("no arguments and no results", async (t) => {
  t.deepEqual(await lines(oneTask("{}"), "dispatch.ts", "readonly t:"), ["readonly t: () => void | Promise<void>;"]);
  t.deepEqual(await lines(oneTask("{}"), "tasks.ts", "Signature<"), ["(): Signature<readonly [], readonly [], void, false>;"]);
  t.deepEqual(await lines(oneTask("{}"), "definitions.ts", "return"), ['return "";', "return [];", 'return "[]";']);
});

test("several results are a tuple, whose length the runtime checks", async (t) => {
  const task = oneTask("{ returns: [{ name: a, type: bool }, { name: b, type: uint64 }] }");
  t.deepEqual(await lines(task, "senders.ts", "readonly t:"), ["readonly t: Sender<[], readonly [a: boolean, b: bigint]>;"]);
  t.deepEqual(await lines(task, "definitions.ts", "tuple(value"), ["const values = tuple(value, 2);"]);
});

test("a partial for each number of arguments that can be left out, none for a variadic one", async (t) => {
  const task = oneTask(
    "{ args: [{ name: a, type: bool }, { name: b, type: '[]string' }, { name: rest, type: int8, variadic: true }] }",
  );
  t.deepEqual(await lines(task, "tasks.ts", "Signature<"), [
    '(a: boolean, b: readonly string[], ...rest: number[]): Signature<readonly "int8"[], readonly [], void, false>;',
    'partial(): Signature<readonly ["bool", "[]string", ..."int8"[]], readonly [], void, false>;',
    'partial(a: boolean): Signature<readonly ["[]string", ..."int8"[]], readonly [], void, false>;',
  ]);
});

test("a variadic slice is an argument of its own each time", async (t) => {
  const task = oneTask("{ args: [{ name: tiles, type: '[]byte', variadic: true }] }");
  t.deepEqual(await lines(task, "tasks.ts", "Signature<"), [
    '(...tiles: Uint8Array[]): Signature<readonly "[]uint8"[], readonly [], void, false>;',
  ]);
  const lists = oneTask("{ args: [{ name: lists, type: '[]int64', variadic: true }] }");
  t.deepEqual(await lines(lists, "senders.ts", "readonly t:"), ["readonly t: Sender<[...lists: (readonly bigint[])[]], void>;"]);
});

test("[]byte is sent as []uint8 and taken as either", async (t) => {
  const task = oneTask("{ args: [{ name: a, type: '[]byte' }] }");
  t.deepEqual(await lines(task, "definitions.ts", "takes:"), ['takes: ["[]uint8"],']);
  t.is((await lines(task, "validators.ts", '=== "[]byte"')).length, 1);
});

test("what a task does not use is not imported", async (t) => {
  t.deepEqual(await lines(oneTask("{}"), "definitions.ts", "import"), [
    'import { type TaskDefinition, checkResults } from "machinery-ts/gen/v1";',
    'import { tasks } from "./validators.js";',
  ]);
  t.false((await filesOf(oneTask("{}"))).has("types.ts"));
});

test("types refer to each other by the names of the contract", async (t) => {
  const defs = "{ HTTPServer2: { type: object, properties: { a1b: { $ref: '#/$defs/A1b' } } }, A1b: { type: string, enum: [x] } }";
  const task = oneTask("{ args: [{ name: a, type: { $ref: '#/$defs/HTTPServer2' } }] }", defs);
  t.deepEqual(await lines(task, "types.ts", "A1b"), ['export type A1b = "x";', "a1b?: A1b;"]);
  t.deepEqual(await lines(task, "types.ts", "interface"), ["export interface HTTPServer2 {"]);
});

test("tasks and types of every odd name find their places without touching each other", async (t) => {
  const names = [
    "tasks",
    "definitions",
    "go",
    "string",
    "hasOwn",
    "isObject",
    "validateEnvelope",
    "equal",
    "Object",
    "data",
    "Size_",
  ];
  const tasks = Object.fromEntries(names.map((name) => [name, { args: [{ name: "value", type: { $ref: "#/$defs/Envelope" } }] }]));
  const files = await filesOf({ contract: "1", package: "p", tasks, $defs: { Envelope: { type: "object" } } });
  t.true(files.get("validators.ts")!.includes("hasOwn: validateHasOwn,"));
  const functions = [...files.get("validators.ts")!.matchAll(/^function (\w+)/gm)].map(([, name]) => name);
  t.is(new Set(functions).size, 12);
  t.is(functions.length, 12);
  t.false(functions.includes("validateEnvelope"), "that name is the runtime's");
});
