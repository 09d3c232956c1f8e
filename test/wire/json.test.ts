import test from "ava";
import fc from "fast-check";
import { MachineryError } from "../../src/errors.js";
import { JsonNumber, type JsonValue, parseJson, stringifyJson } from "../../src/wire/json.js";
import { JsonReader } from "../../src/wire/json-reader.js";
import { defaultLimits } from "../../src/wire/limits.js";
import { tokens } from "./vectors.js";

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof MachineryError) return error.code;
    throw error;
  }
};

for (const [text, value] of [
  ["0", 0],
  ["-0", -0],
  ["1", 1],
  ["9007199254740991", 9007199254740991],
  ["9007199254740992", 9007199254740992n],
  ["-9007199254740991", -9007199254740991],
  ["-9007199254740993", -9007199254740993n],
  ["9223372036854775807", 2n ** 63n - 1n],
  ["9223372036854776000", 9223372036854776000n],
  ["100000000000000000000", 10n ** 20n],
  ["0.1", 0.1],
  ["1e+21", 1e21],
  ["1e-7", 1e-7],
  ["1.7976931348623157e+308", Number.MAX_VALUE],
  ["1.0", new JsonNumber("1.0")],
  ["0.10", new JsonNumber("0.10")],
  ["1e3", new JsonNumber("1e3")],
  ["1E3", new JsonNumber("1E3")],
  ["-0.0", new JsonNumber("-0.0")],
  ["1e400", new JsonNumber("1e400")],
  ["0.30000000000000004441", new JsonNumber("0.30000000000000004441")],
] as [string, JsonValue][]) {
  test(`the number ${text} keeps its digits`, (t) => {
    // Where a number can stand: alone, in an array, in an object, with white space in front.
    t.deepEqual(parseJson(text), value);
    t.deepEqual(parseJson(`[${text}]`), [value]);
    t.deepEqual(parseJson(`{"a":\n\t ${text} }`), { a: value });
    t.deepEqual(parseJson(`[1, ${text}]`), [1, value]);
    t.is(stringifyJson(parseJson(`{"a":[${text}]}`)), `{"a":[${text}]}`);
  });
}

test("digits in strings are no numbers", (t) => {
  const text = '{"a: 12345678901234567890":"b, 1.0","c":"\\": 1e3,"}';
  t.deepEqual(parseJson(text), JSON.parse(text));
});

test("a million digits in a string are looked at once", (t) => {
  const text = JSON.stringify(["1".repeat(2 ** 20), `-${"7".repeat(2 ** 20)}.5`]);
  t.deepEqual(parseJson(text), JSON.parse(text));
});

test("white space is nothing, wherever it stands", (t) => {
  t.deepEqual(parseJson(' \n{ "a" :\t[ ] , "b" : { } , "c" : [ 1.0 , null ,true,false ] }\r\n'), {
    a: [],
    b: {},
    c: [new JsonNumber("1.0"), null, true, false],
  });
});

test("the key __proto__ is a key like any other, and sets no prototype", (t) => {
  for (const number of ["1", "1.0"]) {
    const value = parseJson(`{"__proto__":{"isAdmin":true},"n":${number}}`) as { isAdmin?: boolean };
    t.is(value.isAdmin, undefined);
    t.deepEqual(Object.keys(value), ["__proto__", "n"]);
    t.is(Object.getPrototypeOf(value), Object.prototype);
    t.is(stringifyJson(value as JsonValue), `{"__proto__":{"isAdmin":true},"n":${number}}`);
  }
  t.is(({} as { isAdmin?: boolean }).isAdmin, undefined);
});

test("of a key that comes twice the last one counts; strictly, it is refused", (t) => {
  t.deepEqual(parseJson('{"a":1,"a":2}'), { a: 2 });
  t.deepEqual(parseJson('{"a":1.0,"a":2}'), { a: 2 });
  const strict = { ...defaultLimits, uniqueKeys: true };
  t.is(
    codeOf(() => parseJson('{"a":1,"\\u0061":2}', strict)),
    "ERR_MSG_DUP_KEY",
  );
  t.is(
    codeOf(() => parseJson('{"__proto__":1,"__proto__":2}', strict)),
    "ERR_MSG_DUP_KEY",
  );
  t.deepEqual(parseJson('{"a":{"a":1},"b":{"a":1},"toString":1}', strict), { a: { a: 1 }, b: { a: 1 }, toString: 1 });
});

test("what is no JSON is refused without quoting it", (t) => {
  for (const text of [
    "",
    " ",
    "{",
    "[1,]",
    '{"a":1,}',
    "01",
    "1.",
    ".5",
    "+1",
    "NaN",
    "tru",
    '"a',
    "'a'",
    '{"secret"}',
    "\ufeff{}",
  ]) {
    const error = t.throws(() => parseJson(text), { instanceOf: MachineryError });
    t.is(error?.code, "ERR_MSG_JSON", text);
    t.false(error?.message.includes("secret"));
  }
  t.regex(t.throws(() => parseJson("\ufeff{}"))?.message ?? "", /byte order mark/);
});

test("depth is limited, whatever stands in strings", (t) => {
  const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
  t.notThrows(() => parseJson(nested("[", "]", 64)));
  t.is(
    codeOf(() => parseJson(nested("[", "]", 65))),
    "ERR_MSG_DEPTH",
  );
  t.is(
    codeOf(() => parseJson(`${'{"a":'.repeat(65)}1${"}".repeat(65)}`)),
    "ERR_MSG_DEPTH",
  );
  t.is(
    codeOf(() => parseJson("[".repeat(1_000_000))),
    "ERR_MSG_DEPTH",
  );
  t.notThrows(() => parseJson(`{"a":"${"[".repeat(100)}\\"${"{".repeat(100)}"}`));
  t.notThrows(() => parseJson(`[${"[],".repeat(100)}[]]`));
});

test("the number of values is limited, whatever stands in strings", (t) => {
  t.notThrows(() => parseJson(`[${"0,".repeat(99_998)}0]`));
  t.is(
    codeOf(() => parseJson(`[${"0,".repeat(99_999)}0]`)),
    "ERR_MSG_VALUES",
  );
  t.notThrows(() => parseJson(`["${",".repeat(200_000)}"]`));
  t.notThrows(() => parseJson(`[1.0${",1.5".repeat(99_998)}]`));
});

/** Any number token of JSON's grammar. */
const number = fc
  .tuple(
    fc.constantFrom("", "-"),
    fc.oneof(fc.constant("0"), fc.bigInt({ min: 1n, max: 10n ** 25n }).map(String), fc.integer({ min: 1, max: 99 }).map(String)),
    fc.oneof(fc.constant(""), fc.stringMatching(/^\.[0-9]{1,20}$/)),
    fc.oneof(fc.constant(""), fc.stringMatching(/^[eE][+-]?[0-9]{1,3}$/)),
  )
  .map((parts) => parts.join(""));

const space = fc.constantFrom("", "", " ", "\n\t");
const string = fc.string({ unit: "binary" }).map((text) => JSON.stringify(text));
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    number,
    string,
    fc.constantFrom("null", "true", "false"),
    fc.tuple(fc.array(tie("json")), space).map(([items, pad]) => `[${pad}${items.join(`${pad},${pad}`)}]`),
    fc
      // Keys that look like array indexes would change their order.
      .tuple(fc.uniqueArray(string.filter((key) => !/^"\d/.test(key))), fc.array(tie("json")), space)
      .map(([keys, values, pad]) => `{${keys.map((key, i) => `${key}${pad}:${pad}${values[i] ?? "0"}`).join(`,${pad}`)}${pad}}`),
  ),
}));

test("any JSON is read and written again digit for digit", (t) => {
  fc.assert(
    fc.property(json, (text) => {
      t.deepEqual(tokens(stringifyJson(parseJson(text))), tokens(text));
    }),
    { numRuns: 500 },
  );
});

test("the fast way and the exact one agree", (t) => {
  fc.assert(
    fc.property(json, (text) => void t.deepEqual(parseJson(text), new JsonReader(text, false).read())),
    { numRuns: 500 },
  );
});

test("JSON cannot hold everything", (t) => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, Symbol("s")]) {
    t.throws(() => stringifyJson(value as never), { instanceOf: TypeError });
  }
});
