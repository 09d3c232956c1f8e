import test from "ava";
import { ContractError, formatDiagnostic } from "machinery-ts-codegen";
import { parse } from "yaml";
import { fileText, lines, load, modelOf, withTasks, withTypes } from "./contract-lines.js";

test("this repository's own contract has no fault", (t) => {
  const model = modelOf(fileText("schema/tasks.yaml"));
  t.is(model.package, "example");
  t.deepEqual(
    model.tasks.map(({ name }) => name),
    [
      ..."add concat count_primes every fail join_tiles long_running_task mandelbrot_tile multiply none".split(" "),
      ..."panic_task resize slices split sum_floats sum_ints".split(" "),
    ],
  );
  t.deepEqual(
    model.defs.map(({ name }) => name),
    ["ResizeRequest", "Size"],
  );
});

test("the tasks of the vectors take the types that Go sent, in their order", (t) => {
  const { tasks } = modelOf(fileText("schema/tasks.yaml"));
  for (const file of ["message-every-scalar", "message-every-slice", "message-add", "message-no-args"]) {
    const message = JSON.parse(fileText(`test/vectors/go-machinery-v1.4.5/${file}.json`));
    const task = tasks.find(({ name }) => name === message.Name)!;
    const declared = task.args.map(({ type }) => (type.kind === "scalar" ? type.go : type.def));
    const sent = (message.Args ?? []).map(({ Type }: { Type: string }) => Type);
    t.deepEqual(task.variadic ? sent.map(() => declared[0]) : declared, sent, file);
  }
});

test("a model holds what the contract says, sorted, with durations as numbers", (t) => {
  const model = modelOf(
    `${withTasks(`
zip:
  description: Zips.
  args:
    - { name: names, type: "[]string", description: Whose. }
    - { name: blob, type: "[]byte" }
    - { name: options, type: { $ref: "#/$defs/Options" } }
    - { name: rest, type: int, variadic: true }
  returns: [{ name: size, type: uint64 }]
  policy: { run: thread, queue: big, retry: { count: 3, timeout: 2m }, timeout: 500ms, result_ttl: 1h }
ash: {}
`)}\n$defs:\n  Options: { type: object, description: "How." }\n`,
  );
  t.is(model.source, "tasks.yaml");
  t.deepEqual(
    model.tasks.map(({ hash: _, versions: __, ...task }) => task),
    [
      { name: "ash", identifier: "ash", args: [], returns: [], variadic: false, policy: {} },
      {
        name: "zip",
        identifier: "zip",
        description: "Zips.",
        args: [
          { name: "names", identifier: "names", description: "Whose.", type: { kind: "scalar", go: "[]string" } },
          { name: "blob", identifier: "blob", type: { kind: "scalar", go: "[]uint8" } },
          { name: "options", identifier: "options", type: { kind: "object", def: "Options" } },
          { name: "rest", identifier: "rest", type: { kind: "scalar", go: "int" } },
        ],
        returns: [{ name: "size", identifier: "size", type: { kind: "scalar", go: "uint64" } }],
        variadic: true,
        policy: { run: "thread", queue: "big", retryCount: 3, retryTimeoutSeconds: 120, timeoutMs: 500, resultTtlMs: 3_600_000 },
      },
    ],
  );
  t.deepEqual(model.defs, [{ name: "Options", identifier: "Options", schema: { type: "object", description: "How." } }]);
});

test("the same contract in JSON gives the same model", (t) => {
  const text = fileText("schema/tasks.yaml");
  t.deepEqual(modelOf(JSON.stringify(parse(text))), modelOf(text));
});

test("all faults are told, in the order of the text, each with its place and a remedy", (t) => {
  const text = withTasks(`
add:
  args: [{ name: terms, type: int63, variadic: true }]
  retruns: [{ name: sum, type: int64 }]
resize:
  args: [{ name: request, type: { $ref: "#/$defs/Resize" } }]
  policy: { timeout: soon, queue: delayed_tasks }
`);
  t.deepEqual(lines(text), [
    '6:33 /tasks/add/args/0/type [ERR_TYPE] "int63" is not known here. Did you mean "int64"?',
    '7:5 /tasks/add/retruns [ERR_CONTRACT_KEY] The key "retruns" is not known here. Did you mean "returns"?',
    "9:43 /tasks/resize/args/0/type/$ref [ERR_REF_MISSING] There is no Resize under $defs. Define it there.",
    '10:24 /tasks/resize/policy/timeout [ERR_DURATION] "soon" is not of the form that is due here. A whole number and a unit: ms, s, m or h. For example "500ms", "30s", "1h".',
    '10:37 /tasks/resize/policy/queue [ERR_QUEUE_NAME] Machinery keeps delayed tasks under "delayed_tasks". Choose another name.',
  ]);
  t.is(load(text).model, undefined);
});

test("what is missing is told where it should be", (t) => {
  t.deepEqual(lines("contract: 1\ntasks: {}"), [
    '1:1  [ERR_CONTRACT_MISSING] The key "package" is missing. Add it: What the tasks belong to, for people.',
    '1:11 /contract [ERR_CONTRACT_VALUE] Expected "1", not 1. The version of the contract format: the string "1".',
    "2:8 /tasks [ERR_CONTRACT_VALUE] {} must NOT have fewer than 1 properties. The tasks by the name they have on the wire.",
  ]);
});

test("a diagnostic prints as one that editors can follow, with the line and a caret", (t) => {
  const [diagnostic] = load(withTasks("add: { args: [{ name: terms, type: int63 }] }")).diagnostics;
  t.is(
    formatDiagnostic(diagnostic!),
    `tasks.yaml:4:38 /tasks/add/args/0/type [ERR_TYPE] "int63" is not known here. Did you mean "int64"?
4 |   add: { args: [{ name: terms, type: int63 }] }
                                         ^`,
  );
});

test("a long line is shown around the place, and nothing in it steers the terminal", (t) => {
  const [diagnostic] = load(withTasks(`add: { description: "${"\u001b[31m ".repeat(20)}", args: 5 }`)).diagnostics;
  const [, excerpt, caret] = formatDiagnostic(diagnostic!).split("\n");
  t.is(excerpt!.slice(caret!.indexOf("^")), "5 }");
  t.false(excerpt!.includes("\u001b"));
});

test("a contract error shows at most twenty faults and counts the rest", (t) => {
  const { diagnostics } = load(withTasks(Array.from({ length: 25 }, (_, i) => `t${i}: 5\n`).join("")));
  const { message } = new ContractError(diagnostics);
  t.is(diagnostics.length, 25);
  t.is(message.split("[ERR_CONTRACT_VALUE]").length - 1, 20);
  t.regex(message, /and 5 more$/);
});

test("a value that is written once and used by an alias is told once", (t) => {
  t.deepEqual(lines(withTasks("a: { args: &args [{ name: x, type: strng }] }\nb: { args: *args }")), [
    '4:38 /tasks/a/args/0/type [ERR_TYPE] "strng" is not known here. Did you mean "string"?',
  ]);
});

test("a very long description is a warning and no error", (t) => {
  const { model, diagnostics } = load(withTasks(`add: { description: ${"x".repeat(1_000_000)} }`));
  t.truthy(model);
  t.like(diagnostics[0], { code: "ERR_DESCRIPTION", severity: "warning", line: 4, pointer: "/tasks/add/description" });
  t.regex(formatDiagnostic(diagnostics[0]!), /^tasks\.yaml:4:23 \/tasks\/add\/description warning \[ERR_DESCRIPTION\]/);
});

test("text that would be code elsewhere is only text", (t) => {
  const hostile = ["*/throw 1;/*", `\${process.exit(1)}\``, '"];import("fs");["', "@ts-nocheck"];
  const model = modelOf(withTypes(`Text: { type: object, properties: { a: { type: string, enum: ${JSON.stringify(hostile)} } } }`));
  t.deepEqual(model.defs[0]!.schema, { type: "object", properties: { a: { type: "string", enum: hostile } } });
});
