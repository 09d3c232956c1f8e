import test from "ava";
import { codes, lines, modelOf, withTasks, withTypes } from "./contract-lines.js";

for (const name of ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "then", "default", "delete", "await"]) {
  test(`a task, an argument or a result cannot be called ${name}`, (t) => {
    t.deepEqual(codes(withTasks(`${name}: {}`)), ["ERR_NAME_RESERVED"]);
    t.deepEqual(codes(withTasks(`a: { args: [{ name: ${name}, type: bool }] }`)), ["ERR_NAME_RESERVED"]);
    t.deepEqual(codes(withTasks(`a: { returns: [{ name: ${name}, type: bool }] }`)), ["ERR_NAME_RESERVED"]);
  });
}

test("a reserved name is told with another", (t) => {
  t.deepEqual(lines(withTasks("delete: {}")), [
    '4:3 /tasks/delete [ERR_NAME_RESERVED] "delete" means something in JavaScript or TypeScript already. Choose another name, "delete_task" perhaps.',
  ]);
});

for (const name of ["1x", "send-mail", "a.b", "a b", "é", "", "x".repeat(65), "a\u202eb", "x;y", "../../etc/passwd"]) {
  test(`${JSON.stringify(name)} is no name`, (t) => {
    t.deepEqual(codes(withTasks(`${JSON.stringify(name)}: {}`)), ["ERR_NAME"]);
    t.deepEqual(codes(withTasks(`a: { args: [{ name: ${JSON.stringify(name)}, type: bool }] }`)), ["ERR_NAME"]);
  });
}

test("a name that would turn the text around is shown as what it is", (t) => {
  t.deepEqual(lines(withTasks('"a\u202eb": {}')), [
    '4:3 /tasks/a\u202eb [ERR_NAME] "a\\u{202e}b" is not of the form that is due here. Letters, digits and `_`, 64 at most, no digit at the start. It is the name on the wire and in TypeScript alike. For example "add", "sum_ints".',
  ]);
});

for (const name of ["_", "A", "add", "sum_ints", "resizeImage2", "get", "type", "int64", "string", "args", "x".repeat(64)]) {
  test(`${name} is a name`, (t) => {
    const [task] = modelOf(withTasks(`${name}: { args: [{ name: ${name}, type: bool }] }`)).tasks;
    t.like(task, { name, identifier: name });
  });
}

test("tasks that differ in case only collide", (t) => {
  t.deepEqual(lines(withTasks("Foo: {}\nbar: {}\nfoo: {}")), [
    '6:3 /tasks/foo [ERR_NAME_COLLISION] "foo" and "Foo" (line 4) differ in upper and lower case only. Rename one of them.',
  ]);
});

test("types that differ in case only collide", (t) => {
  t.deepEqual(codes(withTypes("Size: { type: object }\nSIZE: { type: object }")), ["ERR_NAME_COLLISION"]);
});

test("two arguments of a task cannot have one name, an argument and a result can", (t) => {
  t.deepEqual(lines(withTasks("a: { args: [{ name: x, type: bool }, { name: x, type: int }] }")), [
    '4:48 /tasks/a/args/1/name [ERR_NAME_COLLISION] "x" is the name of another one here, in line 4. Rename one of them.',
  ]);
  t.deepEqual(codes(withTasks("a: { args: [{ name: x, type: bool }], returns: [{ name: x, type: bool }] }")), []);
});

for (const name of ["size", "Resize_Request", "2D", "Überlänge"]) {
  test(`${name} is no name of a structured type`, (t) => {
    t.deepEqual(codes(withTypes(`${name}: { type: object }`)), ["ERR_NAME"]);
  });
}

for (const name of ["Handlers", "Tasks", "Senders", "Promise", "Uint8Array"]) {
  test(`a structured type cannot be called ${name}`, (t) => {
    t.deepEqual(codes(withTypes(`${name}: { type: object }`)), ["ERR_NAME_RESERVED"]);
  });
}
