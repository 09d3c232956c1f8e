import test from "ava";
import { ContractError, lintRules, lintText } from "machinery-ts-codegen";
import { machinery } from "../cli/command.js";
import { contractSchema, fileText, withTasks, withTypes } from "../codegen/contract-lines.js";
import { project } from "../codegen/emit/project.js";

/** `line:column RULE`, all of them. */
function found(text: string): string[] {
  return lintText({ text, path: "tasks.yaml", contractSchema }).findings.map(
    ({ line, column, code }) => `${line}:${column} ${code}`,
  );
}

/** Without those that every short contract has. */
function foundIn(text: string): string[] {
  return found(text).filter((line) => !/DESCRIPTION_T|TYPE_UNUSED/.test(line));
}

const field = (schema: string) => withTypes(`A: { type: object, properties: { x: ${schema} } }\n`);

const cases: Readonly<Record<string, readonly [text: string, ...found: string[]]>> = {
  NAME_TASK: [withTasks("sendMail: {}\n"), "4:3 NAME_TASK"],
  NAME_PARAMETER: [
    withTasks("a: { args: [{ name: firstName, type: string }], returns: [{ name: X, type: string }] }\n"),
    "4:23 NAME_PARAMETER",
    "4:69 NAME_PARAMETER",
  ],
  NAME_NUMBERED: [withTasks("a: { args: [{ name: arg1, type: string }] }\n"), "4:23 NAME_NUMBERED"],
  NAME_FIELD: [
    withTypes("A: { type: object, properties: { a_b: { type: string }, c_d: { type: string }, eF: { type: string } } }\n"),
    "6:82 NAME_FIELD",
  ],
  NAME_SIMILAR: [withTasks("send_mail: {}\nsendmail: {}\n"), "5:3 NAME_SIMILAR"],
  DESCRIPTION_EMPTY: [withTasks("send_mail: { description: Send mail. }\n"), "4:3 DESCRIPTION_EMPTY"],
  AMBIGUOUS_INT: [
    withTasks('a: { args: [{ name: n, type: int }, { name: l, type: "[]uint" }] }\n'),
    "4:32 AMBIGUOUS_INT",
    "4:56 AMBIGUOUS_INT",
  ],
  AMBIGUOUS_FLAGS: [withTasks("a: { args: [{ name: x, type: bool }, { name: y, type: bool }] }\n"), "4:8 AMBIGUOUS_FLAGS"],
  AMBIGUOUS_MANY: [
    withTasks(`a: { args: [${[..."bcdefgh"].map((name) => `{ name: ${name}, type: string }`).join(", ")}] }\n`),
    "4:8 AMBIGUOUS_MANY",
  ],
  AMBIGUOUS_INTEGER: [field("{ type: integer, minimum: 0 }"), "6:36 AMBIGUOUS_INTEGER"],
  AMBIGUOUS_NULL: [field('{ type: [string, "null"] }'), "6:36 AMBIGUOUS_NULL"],
  AMBIGUOUS_DECIMAL: [field("{ type: number, multipleOf: 0.01 }"), "6:55 AMBIGUOUS_DECIMAL"],
  AMBIGUOUS_ENUM: [field("{ type: string, enum: [a] }"), "6:55 AMBIGUOUS_ENUM"],
  AMBIGUOUS_TWIN: [withTypes("A: { type: object, title: One }\nB: { type: object, title: Two }\n"), "7:3 AMBIGUOUS_TWIN"],
  GROWTH_CLOSED: [withTypes("A: { type: object, additionalProperties: false }\n"), "6:22 GROWTH_CLOSED"],
  COSTLY_ARRAY: [field("{ type: array, items: { type: string } }"), "6:36 COSTLY_ARRAY"],
  COSTLY_MAP: [field("{ type: object, additionalProperties: { type: string } }"), "6:36 COSTLY_MAP"],
  COSTLY_UNIQUE: [field("{ type: array, items: { type: object }, uniqueItems: true, maxItems: 2000 }"), "6:79 COSTLY_UNIQUE"],
  COSTLY_THREAD: [withTasks("a: { policy: { run: thread } }\n"), "4:8 COSTLY_THREAD"],
  LINT_EXCEPTION: [
    withTasks("# lint off NAME_TASK\naB: {}\n# lint off NAME_TSK: why\nc: {}\n"),
    "4:3 LINT_EXCEPTION",
    "5:3 NAME_TASK",
    "6:3 LINT_EXCEPTION",
  ],
  LINT_UNUSED: [withTasks("# lint off NAME_TASK: why\na: {}\n"), "4:3 LINT_UNUSED"],
};

for (const [rule, [text, ...expected]] of Object.entries(cases)) {
  test(`${rule}: ${lintRules[rule as keyof typeof lintRules].what}`, (t) => t.deepEqual(foundIn(text), expected));
}

test("what has no description, and what nothing uses", (t) => {
  t.deepEqual(found(withTypes("A: { type: object }\n")), ["4:3 DESCRIPTION_TASK", "6:3 DESCRIPTION_TYPE", "6:3 TYPE_UNUSED"]);
  const used = 'tasks:\n  t: { description: Does it., args: [{ name: a, type: { $ref: "#/$defs/A" } }] }\n';
  const types =
    '$defs:\n  A: { title: An a, type: object, properties: { b: { $ref: "#/$defs/B" } } }\n  B: { title: A bee, type: object }\n';
  t.deepEqual(found(`contract: "1"\npackage: p\n${used}${types}`), []);
});

test("each rule has a case", (t) => {
  const elsewhere = ["DESCRIPTION_TASK", "DESCRIPTION_TYPE", "TYPE_UNUSED"];
  t.deepEqual([...Object.keys(cases), ...elsewhere].sort(), Object.keys(lintRules).sort());
});

test("an exception holds for what it stands before or beside, with all that is in it, and for no other", (t) => {
  t.deepEqual(foundIn(withTasks("# lint off NAME_TASK: It is Go's.\naB: {}\ncD: {}\n")), ["6:3 NAME_TASK"]);
  t.deepEqual(foundIn(withTasks("aB: {} # lint off NAME_TASK: It is Go's.\ncD: {}\n")), ["5:3 NAME_TASK"]);
  const inside = withTasks(
    "# lint off AMBIGUOUS_INT: All of Go's types.\na:\n  args:\n    - { name: n, type: int }\nb:\n  args:\n    - { name: n, type: int }\n",
  );
  t.deepEqual(foundIn(inside), ["10:26 AMBIGUOUS_INT"]);
  const item = withTasks(
    "a:\n  args:\n    # lint off AMBIGUOUS_INT: It is Go's.\n    - { name: n, type: int }\n    - { name: m, type: int }\n",
  );
  t.deepEqual(foundIn(item), ["8:26 AMBIGUOUS_INT"]);
  t.deepEqual(foundIn(`# lint off NAME_TASK: They are Go's.\n\n${withTasks("aB: {}\ncD: {}\n")}`), []);
  t.deepEqual(foundIn(withTasks('aB: { description: "# lint off NAME_TASK: in a string" }\n')), ["4:3 NAME_TASK"]);
});

test("a contract with errors is not looked at: they come first", (t) => {
  t.throws(() => found(withTasks("a: { arg: [] }\n")), { instanceOf: ContractError, message: /ERR_CONTRACT_KEY/ });
});

test("the contracts of this repository and of machinery init have nothing to tell", (t) => {
  for (const path of ["schema/tasks.yaml", "src/cli/template/schema/tasks.yaml"]) t.deepEqual(found(fileText(path)), [], path);
});

test("the command: text, JSON, annotations, exit codes", async (t) => {
  const cwd = await project(t, {
    "schema/tasks.yaml": withTasks("aB: { description: Does it. }\n"),
    "good.yaml": fileText("src/cli/template/schema/tasks.yaml"),
  });
  const [text, json, github, good, goodJson, goodGithub, bad] = await Promise.all([
    machinery(["lint"], { cwd }),
    machinery(["lint", "--format", "json"], { cwd }),
    machinery(["lint", "--format", "github"], { cwd }),
    machinery(["lint", "--contract", "good.yaml"], { cwd }),
    machinery(["lint", "--contract", "good.yaml", "--format", "json"], { cwd }),
    machinery(["lint", "--contract", "good.yaml", "--format", "github"], { cwd }),
    machinery(["lint", "--contract", "none.yaml"], { cwd }),
  ]);
  t.is(text.code, 1, text.stderr);
  t.regex(
    text.stdout,
    /^schema\/tasks\.yaml:4:3 \/tasks\/aB warning \[NAME_TASK\] The task "aB" is not in snake_case\. Name it .*\n4 \| {3}aB: \{ .*\n {6}\^\n$/,
  );
  t.is(json.code, 1);
  t.like(JSON.parse(json.stdout), {
    findings: [{ rule: "NAME_TASK", file: "schema/tasks.yaml", line: 4, column: 3, pointer: "/tasks/aB" }],
  });
  t.is(github.code, 1);
  t.regex(
    github.stdout,
    /^::error file=schema\/tasks\.yaml,line=4,col=3,title=NAME_TASK::The task "aB" is not in snake_case\. Name it/,
  );
  t.deepEqual(good, { code: 0, stdout: "good.yaml: 2 tasks, nothing to mend.\n", stderr: "" });
  t.deepEqual(JSON.parse(goodJson.stdout), { findings: [] });
  t.deepEqual(goodGithub, { code: 0, stdout: "", stderr: "" });
  t.is(bad.code, 2);
});
