import test from "ava";
import { codes, lines, modelOf, withTasks } from "./contract-lines.js";

const scalars = "bool int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64 string".split(" ");

test("every scalar of Go and every slice of one is a type", (t) => {
  for (const type of scalars.flatMap((scalar) => [scalar, `[]${scalar}`])) {
    const [task] = modelOf(withTasks(`a: { args: [{ name: x, type: "${type}" }] }`)).tasks;
    t.deepEqual(task!.args[0]!.type, { kind: "scalar", go: type });
  }
});

const types: [type: string, expected: string][] = [
  ["Int64", '[ERR_TYPE] "Int64" is not known here. Did you mean "int64"?'],
  ["str", '[ERR_TYPE] "str" is not known here. Use one of '],
  ['"[]strin"', '[ERR_TYPE] "[]strin" is not known here. Did you mean "[]string"?'],
  ['"[][]int"', '[ERR_TYPE] "[][]int" is not known here. Did you mean "[]int"?'],
  ["5", "[ERR_TYPE] 5 is not known here. Use one of "],
  ["{ $ref: 5 }", "[ERR_REF] Expected a string, not 5."],
  ["{ type: object }", '[ERR_CONTRACT_MISSING] The key "$ref" is missing.'],
  [
    '{ $ref: "http://evil/x" }',
    '[ERR_REF_REMOTE] "http://evil/x" leads out of this contract, and nothing is ever fetched. Copy the type into $defs and refer to it there.',
  ],
  ['{ $ref: "other.yaml#/$defs/A" }', "[ERR_REF_REMOTE] "],
  ["{ $ref: Size }", '[ERR_REF_REMOTE] "Size" leads out of this contract, and nothing is ever fetched. Write "#/$defs/Size".'],
  ['{ $ref: "#/$defs/Siez" }', '[ERR_REF_MISSING] There is no Siez under $defs. Did you mean "Size"?'],
  ['{ $ref: "#/definitions/Size" }', '[ERR_REF] "#/definitions/Size" is not of the form "#/$defs/Name".'],
  ['{ $ref: "#/$defs/Size/properties/width" }', "[ERR_REF] "],
  ['{ $ref: "#/$defs/__proto__" }', "[ERR_REF_MISSING] "],
  ['{ $ref: "#/$defs/Text" }', '[ERR_TYPE] Text is of type "string"; only an object type can be an argument or a result.'],
];

for (const [type, expected] of types) {
  test(`type: ${type}`, (t) => {
    for (const use of ["args", "returns"]) {
      const contract = `${withTasks(`a: { ${use}: [{ name: x, type: ${type} }] }`)}\n$defs: { Size: { type: object }, Text: { type: string } }`;
      const [line] = lines(contract);
      t.true(line?.includes(expected), line);
    }
  });
}

test("only the last argument can be variadic", (t) => {
  t.deepEqual(lines(withTasks("a: { args: [{ name: x, type: int, variadic: true }, { name: y, type: int }] }")), [
    "4:47 /tasks/a/args/0/variadic [ERR_VARIADIC] Only the last argument may be variadic, as in Go. Move it to the end.",
  ]);
});

test("an object cannot be variadic, a result neither", (t) => {
  const size = "\n$defs: { Size: { type: object } }";
  t.deepEqual(codes(`${withTasks('a: { args: [{ name: x, type: { $ref: "#/$defs/Size" }, variadic: true }] }')}${size}`), [
    "ERR_VARIADIC",
  ]);
  t.deepEqual(codes(withTasks("a: { returns: [{ name: x, type: int, variadic: true }] }")), ["ERR_CONTRACT_KEY"]);
});

test("variadic: false is as if it were not there", (t) => {
  t.false(modelOf(withTasks("a: { args: [{ name: x, type: int, variadic: false }] }")).tasks[0]!.variadic);
});

const policies: [policy: string, expected: string][] = [
  ["run: tread", '[ERR_CONTRACT_VALUE] "tread" is not known here. Did you mean "thread"?'],
  ["queue: delayed_tasks", "[ERR_QUEUE_NAME] Machinery keeps delayed tasks under"],
  ["queue: delay.1.x.y", "[ERR_QUEUE_NAME] Machinery keeps delayed tasks under"],
  ["queue: a b", '[ERR_QUEUE_NAME] "a b" is not of the form that is due here.'],
  [`queue: ${"é".repeat(128)}`, "[ERR_QUEUE_NAME] The queue's name has more than 255 bytes."],
  [`queue: ${"x".repeat(256)}`, "[ERR_QUEUE_NAME] "],
  ["retry: 3", "[ERR_CONTRACT_VALUE] Expected an object, not 3. What becomes of a task that failed."],
  ["retry: { timeout: 1s }", '[ERR_CONTRACT_MISSING] The key "count" is missing.'],
  ["retry: { count: -1 }", "[ERR_CONTRACT_VALUE] -1 must be >= 0."],
  ["retry: { count: 1.5 }", "[ERR_CONTRACT_VALUE] Expected an integer, not 1.5."],
  [
    "retry: { count: 3, timeout: 1500ms }",
    '[ERR_DURATION] "1500ms" is no whole number of seconds: Machinery counts it in seconds.',
  ],
  ["retry: { count: 3, timeout: 25h }", '[ERR_DURATION] "25h" is longer than 24 hours.'],
  ["timeout: 30", "[ERR_DURATION] Expected a string, not 30. A whole number and a unit: ms, s, m or h."],
  ["timeout: 0s", "[ERR_DURATION] "],
  ["timeout: 1.5s", "[ERR_DURATION] "],
  ["timeout: 600h", "[ERR_DURATION] A timeout is 24 days at most."],
  ["result_ttl: 1ms", "[ERR_DURATION] "],
  ["result_ttl: 90000h", '[ERR_DURATION] "90000h" is longer than 87600 hours.'],
  ["served_by: golang", '[ERR_CONTRACT_VALUE] "golang" is not of the form that is due here.'],
  ["served_by: go 1.10", '[ERR_CONTRACT_VALUE] "go 1.10" is not of the form that is due here.'],
  ["served_by: go v3.0.0", '[ERR_CONTRACT_VALUE] "go v3.0.0" is not of the form that is due here.'],
  ["served_by: go, timeout: 1s", '[ERR_SERVED_BY] A worker of Go Machinery, which runs this task, does not follow "timeout".'],
  ["served_by: go v2.0.13, run: thread", "[ERR_SERVED_BY] "],
  ["resultTtl: 1h", '[ERR_CONTRACT_KEY] The key "resultTtl" is not known here. Did you mean "result_ttl"?'],
];

for (const [policy, expected] of policies) {
  test(`policy: ${policy.slice(0, 60)}`, (t) => {
    const told = lines(withTasks(`a: { policy: { ${policy} } }`));
    t.is(told.length, 1);
    t.true(told[0]!.includes(expected), told[0]);
  });
}
