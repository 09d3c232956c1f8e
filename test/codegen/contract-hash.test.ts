import test from "ava";
import { fileText, modelOf, withTasks } from "./contract-lines.js";

const types = `
$defs:
  Image: { type: object, required: [id, size], properties: { id: { type: integer, format: int64 }, size: { $ref: "#/$defs/Size" } } }
  Size: { type: object, additionalProperties: false, properties: { width: { type: integer }, tags: { type: array, items: { type: string } } } }
  Unused: { type: object }
`;
const base = `${withTasks('resize: { args: [{ name: image, type: { $ref: "#/$defs/Image" } }], returns: [{ name: bytes, type: "[]byte" }] }')}${types}`;

function hashes(text: string): { contract: string; task: string } {
  const { hash, tasks } = modelOf(text);
  return { contract: hash, task: tasks[0]!.hash };
}

function changed(from: string, to: string): string {
  if (!base.includes(from)) throw new Error(`the contract has no ${from}`);
  return base.replace(from, to);
}

test("hashes are 16 hexadecimal digits", (t) => {
  t.regex(hashes(base).contract, /^[0-9a-f]{16}$/);
  t.regex(hashes(base).task, /^[0-9a-f]{16}$/);
});

/** Hashes travel in the headers of messages: a version that computes them otherwise disagrees with every other one. */
test("hashes stay what they are", (t) => {
  t.deepEqual(hashes(base), { contract: "bfddec1718bca4d7", task: "9c92067dd8bfc9be" });
  const add = modelOf(
    withTasks("add: { args: [{ name: terms, type: int64, variadic: true }], returns: [{ name: sum, type: int64 }] }"),
  );
  t.is(add.tasks[0]!.hash, "eb58fd0fd8b67d43");
});

test("comments, layout and the order of keys change no hash", (t) => {
  const { contract, task } = hashes(base);
  const other = changed('{ name: image, type: { $ref: "#/$defs/Image" } }', '{ type: { "$ref": "#/$defs/Image" }, "name": image }');
  t.deepEqual(hashes(`# Resizing.\n${other}`), { contract, task });
});

const sameTask: [what: string, text: string][] = [
  ["a description", changed("resize: {", "resize: { description: Resizes.,")],
  ["an argument's name", changed("name: image", "name: picture")],
  ["a policy", changed("resize: {", "resize: { policy: { queue: images },")],
  ["another task", changed("tasks:", "tasks:\n  zip: {}")],
  ["a type that it does not reach", changed("Unused: { type: object }", "Unused: { type: object, maxProperties: 3 }")],
  ["a description in a type", changed("Size: {", "Size: { description: How large., title: Size,")],
  [
    "a description of a field",
    changed("width: { type: integer }", "width: { type: integer, description: In pixels., examples: [1] }"),
  ],
  ["a description of an array's elements", changed("items: { type: string }", "items: { type: string, description: One. }")],
  ["the order of required", changed("[id, size]", "[size, id]")],
  ["[]uint8 for []byte", changed("[]byte", "[]uint8")],
];

for (const [what, text] of sameTask) {
  test(`${what} changes the contract's hash, not the task's`, (t) => {
    t.is(hashes(text).task, hashes(base).task);
    t.not(hashes(text).contract, hashes(base).contract);
  });
}

const otherTask: [what: string, text: string][] = [
  ["the name", changed("resize: {", "shrink: {")],
  ["an argument's type", changed('{ $ref: "#/$defs/Image" } }]', "int64 }]")],
  ["a result's type", changed('"[]byte"', "uint64")],
  ["variadic", changed('{ $ref: "#/$defs/Image" } }]', "int64, variadic: true }]")],
  ["a result more", changed('"[]byte" }', '"[]byte" }, { name: ok, type: bool }')],
  ["a bound in a type that it reaches", changed("width: { type: integer }", "width: { type: integer, minimum: 0 }")],
  ["the elements of an array", changed("items: { type: string }", "items: { type: number }")],
  ["whether other fields may come", changed("additionalProperties: false, ", "")],
  ["a field called description", changed("width: { type: integer }", "width: { type: integer }, description: { type: string }")],
  ["a required field less", changed("[id, size]", "[id]")],
];

for (const [what, text] of otherTask) {
  test(`${what} changes the task's hash`, (t) => {
    t.not(hashes(text).task, hashes(base).task);
  });
}

test("no two tasks of this repository have one hash", (t) => {
  const { tasks } = modelOf(fileText("schema/tasks.yaml"));
  t.is(new Set(tasks.map(({ hash }) => hash)).size, tasks.length);
});
