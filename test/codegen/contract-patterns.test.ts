import test from "ava";
import { codes, withTypes } from "./contract-lines.js";

function codesOf(pattern: string, maxLength: number): string[] {
  return codes(withTypes(`A: { type: object, properties: { f: ${JSON.stringify({ type: "string", pattern, maxLength })} } }`));
}

const fast = [
  "^[a-z]+$",
  "[a-z]+$",
  "^[a-z0-9]+(-[a-z0-9]+)*$",
  "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
  "^[^@]+@[^@]+\\.[a-z]+$",
  "^(.*)@(.*)$",
  "^(ab?)*$",
  "^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}$",
  "^(?=.*[a-z])(?=.*\\d).{8,64}$",
  "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
  "^\\p{L}+$",
  "^(?<year>\\d{4})-\\d\\d$",
  "\\bfoo\\b",
  "^(a?){1}b{0}$",
  "(?<=a)b",
  "",
  "/`x`/g;evil()",
];

for (const pattern of fast) {
  test(`${pattern} is fast`, (t) => {
    t.deepEqual(codesOf(pattern, 4_000), []);
  });
}

const slow = [
  "^(a+)+$",
  "^(a|a)*$",
  "^(a|ab)*$",
  "(a|b|ab)*c",
  "^([a-z]+ ?)+$",
  "^(.*,)*$",
  "^(a*)*$",
  "(a?){50}a{50}",
  "a*a*a*$",
  "x{1,500}x{1,500}x{1,500}$",
  "^(((a{1,10}){1,10}){1,10}){1,10}$",
  "(?:a+)+\\b",
  "^(?=(a+)+$)",
  "^(?!(a+)+$)",
  "(?<=(a+)+)b",
  "(a)\\1",
  "(?<x>a)\\k<x>",
  "^b?(?:((?:a{2,})+?(_b+?[^b]+?))*|a+?\\w?(_(?=a\\w+)([^b]*?)|a{2,}(?:[^b]?|\\w+?b{1,3}b?)*?)+)$",
];

for (const pattern of slow) {
  test(`${pattern} is slow`, (t) => {
    t.deepEqual(codesOf(pattern, 4_000), ["ERR_PATTERN_SLOW"]);
  });
}

test("a short string bounds what its pattern can take", (t) => {
  t.deepEqual(codesOf("^.*,.*,.*,.*$", 4_000), ["ERR_PATTERN_SLOW"]);
  t.deepEqual(codesOf("^.*,.*,.*,.*$", 40), []);
});

test("a pattern made to be hard to check is checked all the same", (t) => {
  t.deepEqual(codesOf(`${"(".repeat(250)}a${")".repeat(250)}`, 10), []);
  t.deepEqual(codesOf(`${"(".repeat(150)}a${")*".repeat(150)}`, 10), ["ERR_PATTERN_SLOW"]);
  t.deepEqual(codesOf("(a{99999999}){99999999}", 10), []);
  t.deepEqual(codesOf(`^${"a?".repeat(250)}$`, 10), ["ERR_PATTERN_SLOW"]);
});
