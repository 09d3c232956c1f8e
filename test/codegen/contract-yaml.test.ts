import test from "ava";
import { codes, lines, modelOf, withTasks, withTypes } from "./contract-lines.js";

test("YAML 1.2 reads words and numbers as they stand", (t) => {
  const model = modelOf(
    withTypes("A: { type: object, properties: { no: { type: string, enum: [no, yes, on, 1_000, 12:30, 2020-01-01] } } }"),
  );
  t.deepEqual(model.defs[0]!.schema, {
    type: "object",
    properties: { no: { type: "string", enum: ["no", "yes", "on", "1_000", "12:30", "2020-01-01"] } },
  });
  t.deepEqual(
    modelOf(withTypes("A: { type: object, properties: { n: { type: integer, enum: [0o17, 017, 0x1F] } } }")).defs[0]!.schema,
    {
      type: "object",
      properties: { n: { type: "integer", enum: [15, 17, 31] } },
    },
  );
});

const broken: [text: string, expected: string][] = [
  ["", '1:1  [ERR_YAML] The file holds no value. Start it with contract: "1".'],
  ["# only a comment\n", "[ERR_YAML] The file holds no value."],
  ["a: b: c", '1:4  [ERR_YAML] Nested mappings are not allowed in compact mappings. Quote a value that contains ": ".'],
  ["\ta: 1", "[ERR_YAML] Tabs are not allowed as indentation. Indent with spaces."],
  ["{", "[ERR_YAML] "],
  ["a: 1\n---\nb: 1\n", "[ERR_YAML] Source contains multiple documents"],
  ["%YAML 1.1\n---\na: 1", "[ERR_YAML] The file asks for another version of YAML than 1.2."],
  ["[]", "[ERR_CONTRACT_VALUE] Expected an object, not an array."],
  ["5", "[ERR_CONTRACT_VALUE] Expected an object, not 5."],
  ["null", "[ERR_CONTRACT_VALUE] Expected an object, not nothing."],
  [
    `${withTasks("a: {}")}\npackage: again`,
    '5:1 /package [ERR_YAML_KEY] The key "package" stands here a second time; the first is in line 2. Remove one of them.',
  ],
  [withTasks("5: {}"), '4:3 /tasks [ERR_YAML_KEY] A key must be a string. Put "5" in quotation marks.'],
  [withTasks("? [a]\n: {}"), "[ERR_YAML_KEY] A key must be a string."],
  [withTasks("a: !!js/function {}"), "[ERR_YAML_TAG] A contract has no tags, and "],
  [withTasks("a: { description: !secret x }"), '[ERR_YAML_TAG] A contract has no tags, and "!secret" is one. Remove it.'],
  [withTasks("a: { description: !!binary aGk= }"), '[ERR_YAML_TAG] A contract has no tags, and "!!binary" is one. Remove it.'],
  [withTasks("a: *later"), "[ERR_YAML_ALIASES] No anchor &later stands before this alias."],
  [withTasks("a: &a {}\nb: { <<: *a }"), '[ERR_CONTRACT_KEY] The key "<<" is not known here.'],
];

for (const [text, expected] of broken) {
  test(`${JSON.stringify(text).slice(0, 90)} is refused`, (t) => {
    const told = lines(text);
    t.true(
      told.some((line) => line.includes(expected)),
      told.join("\n"),
    );
  });
}

const tooLarge: [what: string, text: string, expected: string][] = [
  ["more than 5 MiB", `contract: "1" # ${"x".repeat(5 * 1024 * 1024)}`, "ERR_SCHEMA_SIZE"],
  [
    "100,000 properties",
    withTypes(`A:\n  type: object\n  properties:\n${Array.from({ length: 100_000 }, (_, i) => `    p${i}: {}\n`).join("")}`),
    "ERR_SCHEMA_SIZE",
  ],
  ["10,001 values", `[${"0,".repeat(10_001)}]`, "ERR_SCHEMA_SIZE"],
  ["a million list items without a value", "-\n".repeat(1_000_000), "ERR_SCHEMA_SIZE"],
  ["65 levels", `${"[".repeat(66)}${"]".repeat(66)}`, "ERR_SCHEMA_SIZE"],
  ["65 levels on one line", `${"- ".repeat(66)}x`, "ERR_SCHEMA_SIZE"],
  ["three million brackets", "[".repeat(3_000_000), "ERR_SCHEMA_SIZE"],
  ["a million indents", `${"- ".repeat(1_000_000)}x`, "ERR_SCHEMA_SIZE"],
  ["101 aliases", `a: &a 1\nb: [${"*a,".repeat(101)}]`, "ERR_YAML_ALIASES"],
  [
    "an alias bomb",
    Array.from({ length: 45 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i},*a${i}]\n`).reduce(
      (all, line) => all + line,
      "a0: &a0 [x,x]\n",
    ),
    "ERR_YAML_ALIASES",
  ],
  ["an alias of what it stands in", "a: &a [*a]", "ERR_YAML_ALIASES"],
];

for (const [what, text, expected] of tooLarge) {
  test(`${what} are refused before they cost anything`, (t) => {
    t.deepEqual(codes(text), [expected]);
  });
}

test("64 levels and a hundred aliases are allowed", (t) => {
  const nested = `${"{ type: array, items: ".repeat(28)}{ type: string }${" }".repeat(28)}`;
  t.deepEqual(codes(withTypes(`A: { type: object, properties: { f: ${nested} } }`)), []);
  const tasks = Array.from({ length: 100 }, (_, i) => `t${i}: *task\n`).join("");
  t.deepEqual(codes(withTasks(`first: &task {}\n${tasks}`)), []);
});
