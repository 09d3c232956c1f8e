import test from "ava";
import { type BreakingReport, breakingRules, compareTexts, formatBreaking, isBroken, levels } from "machinery-ts-codegen";
import { contractSchema } from "../codegen/contract-lines.js";
import { pairs } from "./pairs.js";

function text(body: string, path: string) {
  const head = /^package:/m.test(body) ? 'contract: "1"\n' : 'contract: "1"\npackage: p\n';
  return { text: head + body, path, contractSchema };
}

function compared(before: string, after: string): BreakingReport {
  return compareTexts(text(before, "v1"), text(after, "tasks.yaml"));
}

function told({ findings }: BreakingReport): string[] {
  return findings.map(({ level, rule, direction = "-", first }) => `${level} ${rule} ${direction} ${first}`);
}

for (const { title, before, after, expected } of pairs) {
  test(`${title}: ${expected.length === 0 ? "nothing to tell" : expected.join("; ")}`, (t) => {
    t.deepEqual(told(compared(before, after)), [...expected]);
  });
}

test("the table has pairs of each level, and each rule but those for the other side of one that is there", (t) => {
  const all = pairs.flatMap(({ expected }) => expected.map((line) => line.split(" ")));
  t.true(pairs.length >= 40);
  for (const level of levels) t.true(all.filter(([found]) => found === level).length >= 4, level);
  const told = new Set(all.map(([, rule]) => rule));
  const opposite = (id: string) => id.replace(/WIDENED|NARROWED|LENGTHENED|SHORTENED|RAISED|LOWERED|OPENED|CLOSED|CHANGED$/, "*");
  const families = new Set([...told].map((id) => opposite(id!)));
  t.deepEqual(
    Object.keys(breakingRules).filter((id) => !families.has(opposite(id))),
    [],
  );
});

test("what was the same before is the same now: no contract differs from itself", (t) => {
  for (const { after } of pairs) t.deepEqual(compared(after, after).findings, []);
});

test("a finding has its place in the newer contract, and what is gone that of what was around it", (t) => {
  const before = "tasks:\n  t: {}\n  u:\n    args:\n      - { name: x, type: int64 }\n";
  const after = "tasks:\n  u:\n    args:\n      - { name: x, type: bool }\n";
  t.like(compared(before, after).findings, [
    { rule: "TASK_DELETED", file: "tasks.yaml", line: 3, column: 1, pointer: "/tasks/t" },
    { rule: "TYPE_CHANGED", file: "tasks.yaml", line: 6, column: 20, pointer: "/tasks/u/args/0/type" },
  ]);
});

test("a task that is gone may have been renamed", (t) => {
  const [gone] = compared(
    "tasks: { t: { args: [{ name: x, type: bool }] } }",
    "tasks: { u: { args: [{ name: x, type: bool }] } }",
  ).findings;
  t.is(gone!.message, 'The task "t" is gone. If it is called "u" now, give that one the alias "t".');
});

test("the version goes up by what has changed", (t) => {
  const bump = (before: string, after: string) => compared(before, after).bump;
  t.is(bump("tasks: { t: {}, u: {} }", "tasks: { t: {} }"), "major");
  t.is(bump("tasks: { t: {} }", "tasks: { t: { policy: { timeout: 1s } } }"), "minor");
  t.is(bump("tasks: { t: {} }", "tasks: { t: {}, u: {} }"), "minor");
  t.is(bump("tasks: { t: {} }", "tasks: { t: { description: T. } }"), "patch");
  t.is(bump("tasks: { t: {} }", "tasks: { t: {} }"), "none");
});

test("an older contract that is unstable promised nothing", (t) => {
  t.true(compared("unstable: true\ntasks: { t: {}, u: {} }", "tasks: { t: {} }").unstable);
  t.false(compared("tasks: { t: {}, u: {} }", "unstable: true\ntasks: { t: {} }").unstable);
});

test("an annotation of GitHub's is one line, whatever stands in it", (t) => {
  const withField = (name: string) =>
    `tasks: { t: { args: [{ name: a, type: { $ref: "#/$defs/A" } }] } }\n$defs: { A: { type: object, properties: { "${name}": { type: string } } } }`;
  const report = compareTexts(text(withField("a%::error::b"), "v1"), text(withField("c"), "a,b:c.yaml"));
  const [first] = formatBreaking(report, "POLICY", "github").split("\n");
  t.regex(
    first!,
    /^::error file=a%2Cb%3Ac\.yaml,line=\d+,col=\d+,title=SOURCE FIELD_DELETED::The field "a%25::error::b" of A is gone\. /,
  );
});

test("the level decides what fails", (t) => {
  const report = compared("tasks: { t: {} }", "tasks: { t: { policy: { queue: q } } }");
  t.true(isBroken(report, "POLICY"));
  t.false(isBroken(report, "SOURCE"));
  const gone = compared("tasks: { t: {}, u: {} }", "tasks: { t: {} }");
  for (const level of levels.slice(0, -1)) t.true(isBroken(gone, level), level);
  t.false(isBroken(compared("tasks: { t: {} }", "tasks: { t: {}, u: {} }"), "POLICY"), "what is safe never fails");
  t.false(isBroken({ ...gone, unstable: true }, "WIRE"));
});
