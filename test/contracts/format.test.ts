import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { ContractError, layOut } from "machinery-ts-codegen";
import { machinery } from "../cli/command.js";
import { fileText, modelOf } from "../codegen/contract-lines.js";
import { project } from "../codegen/emit/project.js";
import { pairs } from "./pairs.js";

const before = `# The tasks.

# Who they belong to.
package:   images   # of the team
contract: '1'
$defs:
  Size: {properties: {w: {maximum: 9, type: integer, description: Width}}, type: object}
tasks:

  # Makes it smaller.
  resize:
      policy: {timeout: 30s,   run: thread}

      returns: [ {type: {$ref: '#/$defs/Size'}, name: size} ]
      # What it takes.
      args:
      - type: "string"
        name: path   # relative
      - {type: '[]byte', name: data}
      description: 'Makes an image smaller: "fast"'
  none: {}


  # The end.
`;

const after = `# The tasks.

contract: "1"
# Who they belong to.
package: images # of the team

tasks:
  # Makes it smaller.
  resize:
    description: 'Makes an image smaller: "fast"'
    # What it takes.
    args:
      - name: path # relative
        type: string
      - { name: data, type: "[]byte" }
    returns: [{ name: size, type: { $ref: "#/$defs/Size" } }]
    policy: { run: thread, timeout: 30s }

  none: {}
  # The end.

$defs:
  Size: { type: object, properties: { w: { type: integer, maximum: 9, description: Width } } }
`;

test("one layout, and every comment where it was", (t) => {
  t.is(layOut(before, "tasks.yaml"), after);
});

test("what is laid out stays as it is; and it means the same", (t) => {
  t.is(layOut(after, "tasks.yaml"), after);
  for (const path of ["schema/tasks.yaml", "src/cli/template/schema/tasks.yaml", "test/interop/tasks.yaml"]) {
    const text = fileText(path);
    const laidOut = layOut(text, path);
    t.is(layOut(laidOut, path), laidOut, path);
    t.is(modelOf(laidOut).hash, modelOf(text).hash, path);
  }
  for (const { after: body } of pairs) {
    const text = `${/^package:/m.test(body) ? "" : "package: p\n"}${body}\ncontract: "1"\n`;
    const laidOut = layOut(text, "tasks.yaml");
    t.is(layOut(laidOut, "tasks.yaml"), laidOut);
    t.is(modelOf(laidOut).hash, modelOf(text).hash);
  }
});

test("where another order would put an alias before its anchor, the order stays", (t) => {
  const text = 'contract: "1"\npackage: p\ntasks:\n  t:\n    returns: &r [{name: x, type: bool}]\n    args: *r\n';
  t.is(
    layOut(text, "tasks.yaml"),
    'contract: "1"\npackage: p\n\ntasks:\n  t:\n    returns: &r [{ name: x, type: bool }]\n    args: *r\n',
  );
});

test("JSON stays JSON", (t) => {
  t.is(
    layOut('{"tasks":{"t":{"policy":{},"args":[]}},"package":"p","contract":"1"}', "tasks.json"),
    '{\n  "contract": "1",\n  "package": "p",\n  "tasks": {\n    "t": {\n      "args": [],\n      "policy": {}\n    }\n  }\n}\n',
  );
});

test("fields that are called like keywords keep their order", (t) => {
  const text =
    'contract: "1"\npackage: p\n\ntasks:\n  t: {}\n\n$defs:\n  A: { type: object, properties: { type: { type: string }, title: { type: string } } }\n';
  t.is(layOut(text, "tasks.yaml"), text);
});

test("what is no YAML is refused", (t) => {
  t.throws(() => layOut("contract: [", "tasks.yaml"), { instanceOf: ContractError, message: /^tasks\.yaml:1:.*ERR_YAML/ });
});

test("the command writes the file, or shows how it differs", async (t) => {
  const cwd = await project(t, { "schema/tasks.yaml": before });
  const check = await machinery(["format", "--check"], { cwd });
  t.is(check.code, 1, check.stderr);
  t.regex(check.stdout, /^\+contract: "1"\n(?:.*\n)*-contract: '1'$/m);
  t.regex(check.stdout, /^schema\/tasks\.yaml is not laid out\. Run: machinery format$/m);
  t.is(await readFile(join(cwd, "schema/tasks.yaml"), "utf8"), before);
  t.deepEqual(await machinery(["format"], { cwd }), { code: 0, stdout: "wrote schema/tasks.yaml\n", stderr: "" });
  t.is(await readFile(join(cwd, "schema/tasks.yaml"), "utf8"), after);
  t.deepEqual(await machinery(["format", "--check"], { cwd }), { code: 0, stdout: "", stderr: "" });
});
