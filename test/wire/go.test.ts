import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { MachineryError, preview } from "../../src/errors.js";
import { type GoCodecs, go, goResults } from "../../src/gen/v1/go.js";
import { isGo } from "../../src/gen/v1/validate.js";
import type { GoType, GoTypes } from "../../src/wire/go-types.js";
import { JsonNumber, parseJson } from "../../src/wire/json.js";

function refused(t: ExecutionContext, run: () => unknown, code: string, message: RegExp): void {
  const error = t.throws(run, { instanceOf: MachineryError });
  t.is(error?.code, code as never, error?.message);
  t.regex(error?.message ?? "", message);
}

/** What each type takes, and the JSON it becomes. */
const written: { [type in GoType]: [GoTypes[type], string][] } = {
  bool: [
    [true, "true"],
    [false, "false"],
  ],
  int: [
    [-(2n ** 63n), "-9223372036854775808"],
    [2n ** 63n - 1n, "9223372036854775807"],
  ],
  int8: [
    [-128, "-128"],
    [127, "127"],
  ],
  int16: [
    [-32768, "-32768"],
    [32767, "32767"],
  ],
  int32: [
    [-2147483648, "-2147483648"],
    [2147483647, "2147483647"],
  ],
  int64: [
    [-(2n ** 63n), "-9223372036854775808"],
    [0n, "0"],
    [2n ** 53n + 1n, "9007199254740993"],
    [2n ** 63n - 1n, "9223372036854775807"],
  ],
  uint: [
    [0n, "0"],
    [2n ** 64n - 1n, "18446744073709551615"],
  ],
  uint8: [
    [0, "0"],
    [255, "255"],
  ],
  uint16: [
    [0, "0"],
    [65535, "65535"],
  ],
  uint32: [
    [0, "0"],
    [4294967295, "4294967295"],
  ],
  uint64: [
    [0n, "0"],
    [2n ** 64n - 1n, "18446744073709551615"],
  ],
  float32: [
    [Math.fround(0.1), "0.1"],
    [Math.fround(3.4e38), "3.4e+38"],
    [Math.fround(1 / 3), "0.33333334"],
    [2 ** -149, "1e-45"],
    [16777216, "16777216"],
    [2 ** -96, "1.2621775e-29"],
    [-(2 ** 90), "-1.2379401e+27"],
    [2 ** 90 + 2 ** 67, "1.2379402e+27"],
    [-0, "-0"],
    [(2 - 2 ** -23) * 2 ** 127, "3.4028235e+38"],
  ],
  float64: [
    [0.1, "0.1"],
    [-0, "-0"],
    [1e21, "1e+21"],
    [5e-324, "5e-324"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [1e20, "100000000000000000000"],
  ],
  string: [
    ["", '""'],
    ['héllo <b>&\u2028 😀 "q" \\ \n', '"héllo <b>&\u2028 😀 \\"q\\" \\\\ \\n"'],
    ["\0", '"\\u0000"'],
  ],
  "[]bool": [
    [[], "[]"],
    [[true, false], "[true,false]"],
  ],
  "[]int": [[[1n, -(2n ** 63n)], "[1,-9223372036854775808]"]],
  "[]int8": [[[-128, 127], "[-128,127]"]],
  "[]int16": [[[-32768], "[-32768]"]],
  "[]int32": [[[-2147483648], "[-2147483648]"]],
  "[]int64": [[[9007199254740993n], "[9007199254740993]"]],
  "[]uint": [[[2n ** 64n - 1n], "[18446744073709551615]"]],
  "[]uint8": [
    [new Uint8Array(0), '""'],
    [Uint8Array.of(0, 1, 255), '"AAH/"'],
    [Uint8Array.of(251), '"+w=="'],
  ],
  "[]uint16": [[[65535], "[65535]"]],
  "[]uint32": [[[4294967295], "[4294967295]"]],
  "[]uint64": [[[0n, 2n ** 64n - 1n], "[0,18446744073709551615]"]],
  "[]float32": [[[Math.fround(0.1), Math.fround(3.4e38)], "[0.1,3.4e+38]"]],
  "[]float64": [[[0.1, 1e21, 1e-7], "[0.1,1e+21,1e-7]"]],
  "[]string": [[["", "a", "é"], '["","a","é"]']],
};

for (const type of Object.keys(written) as GoType[]) {
  test(`${type}: written, read back, and passed by its check`, (t) => {
    for (const [value, json] of written[type]) {
      t.is(go[type].encode(value as never, "x"), json);
      t.is(goResults[type].encode(value as never, "x"), json);
      t.deepEqual(go[type].decode(parseJson(json), "x"), value as never);
      t.true(isGo[type](parseJson(json)), json);
    }
  });
}

test("every type has a codec and a check", (t) => {
  t.deepEqual(Object.keys(go).sort(), Object.keys(written).sort());
  t.deepEqual(Object.keys(isGo).sort(), Object.keys(written).sort());
  t.true(Object.isFrozen(go));
});

for (const [type, value, code, message] of [
  ["bool", 1, "VALUE", /x: expected a boolean, got 1/],
  ["int64", 1, "VALUE", /x: expected a bigint \(int64\), got 1\. Write 1n\./],
  ["int64", 1.5, "VALUE", /got 1\.5\.$/],
  ["int64", "1", "VALUE", /got "1"/],
  ["int64", undefined, "VALUE", /got undefined/],
  ["int64", 2n ** 63n, "RANGE", /9223372036854775808 is out of the range of int64/],
  ["int64", -(2n ** 63n) - 1n, "RANGE", /./],
  ["int", 2n ** 63n, "RANGE", /of int,/],
  ["uint64", -1n, "RANGE", /./],
  ["uint64", 2n ** 64n, "RANGE", /./],
  ["int8", 128, "RANGE", /128 is out of the range of int8, -128 to 127/],
  ["int8", 300, "RANGE", /./],
  ["int8", 1n, "VALUE", /got 1n\. Write 1, without the n\./],
  ["int8", 0.5, "VALUE", /whole number/],
  ["int8", Number.NaN, "VALUE", /./],
  ["uint32", -1, "RANGE", /./],
  ["uint32", 2 ** 32, "RANGE", /./],
  ["float64", Number.NaN, "VALUE", /NaN/],
  ["float64", Number.POSITIVE_INFINITY, "VALUE", /Infinity/],
  ["float64", 1n, "VALUE", /1n/],
  ["float64", "1", "VALUE", /"1"/],
  ["float32", 3.5e38, "RANGE", /more than a float32 can hold/],
  ["float32", Number.NaN, "VALUE", /./],
  ["string", 1, "VALUE", /./],
  ["string", "a\ud800", "VALUE", /well-formed.*surrogate/],
  ["[]int64", [1n, 2], "VALUE", /x\[1\].*Write 2n\./],
  ["[]int64", "1", "VALUE", /an array/],
  ["[]int64", Array(2), "VALUE", /x\[0\].*undefined/],
  ["[]int8", [0, 128], "RANGE", /x\[1\]/],
  ["[]uint8", [1, 2], "VALUE", /Uint8Array/],
  ["[]uint8", "AAH/", "VALUE", /Uint8Array/],
  ["[]string", null, "VALUE", /null/],
] as [GoType, unknown, "VALUE" | "RANGE", RegExp][]) {
  test(`${type} does not take ${preview(value)} (${message.source})`, (t) => {
    refused(t, () => go[type].encode(value as never, "x"), `ERR_ARG_${code}`, message);
    refused(t, () => goResults[type].encode(value as never, "x"), `ERR_RESULT_${code}`, message);
  });
}

for (const [type, json, code] of [
  ["bool", "1", "VALUE"],
  ["int64", "1.0", "VALUE"],
  ["int64", "1e3", "VALUE"],
  ["int64", '"1"', "VALUE"],
  ["int64", "1e+21", "VALUE"],
  ["int64", "9223372036854775808", "RANGE"],
  ["uint64", "-1", "RANGE"],
  ["uint64", "18446744073709551616", "RANGE"],
  ["int8", "128", "RANGE"],
  ["int8", "1.0", "VALUE"],
  ["int8", "9007199254740993", "RANGE"],
  ["float64", "1e400", "RANGE"],
  ["float64", `1${"0".repeat(400)}`, "RANGE"],
  ["float32", "1e39", "RANGE"],
  ["float32", "null", "VALUE"],
  ["string", "null", "VALUE"],
  ["[]uint8", '"AAH"', "VALUE"],
  ["[]uint8", '"AA H"', "VALUE"],
  ["[]uint8", '"AAH_"', "VALUE"],
  ["[]uint8", '"A==="', "VALUE"],
  ["[]uint8", '"=AAA"', "VALUE"],
  ["[]uint8", '"AAH/\\n"', "VALUE"],
  ["[]uint8", "[1]", "VALUE"],
  ["[]bool", "[null]", "VALUE"],
  ["[]float64", "{}", "VALUE"],
] as [GoType, string, "VALUE" | "RANGE"][]) {
  test(`${type} is not read from ${json.slice(0, 40)}`, (t) => {
    refused(t, () => go[type].decode(parseJson(json), "x"), `ERR_ARG_${code}`, /x/);
    refused(t, () => goResults[type].decode(parseJson(json), "x"), `ERR_RESULT_${code}`, /x/);
    t.false(isGo[type](parseJson(json)));
  });
}

test("floats are read from any number token", (t) => {
  t.is(go.float64.decode(new JsonNumber("1.0"), "x"), 1);
  t.is(go.float64.decode(new JsonNumber("1e3"), "x"), 1000);
  t.is(go.float64.decode(10n ** 20n, "x"), 1e20);
  t.is(go.float32.decode(0.1, "x"), Math.fround(0.1));
  t.is(go.int64.decode(-0, "x"), 0n);
  t.is(go.int8.decode(-0, "x"), 0);
});

test("a null slice is an empty one", (t) => {
  for (const type of Object.keys(go).filter((name) => name.startsWith("[]")) as GoType[]) {
    t.is((go[type].decode(null, "x") as ArrayLike<unknown>).length, 0, type);
    t.true(isGo[type](null), type);
  }
});

test("errors name the argument, and which of a variadic one's values it is", (t) => {
  refused(t, () => go.int64.encode(1 as never, "terms", 3), "ERR_ARG_VALUE", /terms\[3\]:/);
  refused(t, () => go["[]int64"].encode([1 as never], "lists", 3), "ERR_ARG_VALUE", /lists\[3\]\[0\]:/);
  t.true((t.throws(() => go.int64.encode("x".repeat(5000) as never, "a"))?.message.length ?? 0) < 200);
});

test("bytes are a copy of their own", (t) => {
  const bytes = go["[]uint8"].decode("AAH/", "x");
  t.is(bytes.constructor, Uint8Array);
  t.is(bytes.buffer.byteLength, 3);
  t.is(go["[]uint8"].encode(new Uint8Array([9, 0, 1, 255, 9]).subarray(1, 4), "x"), '"AAH/"');
});

test("any float32 is written with no more digits than it needs, and read back the same", (t) => {
  const reads = (text: string, value: number) => Object.is(Math.fround(Number(text)), value);
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = go.float32.encode(value, "x");
      t.true(reads(text, value), text);
      const digits = text.replace(/e.*|[-.]/g, "").replace(/^0+|0+$/g, "").length;
      for (let fewer = 1; fewer < digits; fewer++) t.false(reads(value.toPrecision(fewer), value), text);
    }),
    { numRuns: 1000 },
  );
});

test("any value of any type comes back as it was", (t) => {
  const arbitraries: { [type in keyof GoCodecs]?: fc.Arbitrary<unknown> } = {
    int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    int32: fc.integer(),
    float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
    string: fc.string({ unit: "grapheme" }),
    "[]uint8": fc.uint8Array(),
    "[]string": fc.array(fc.string({ unit: "binary" })),
    "[]int64": fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    "[]float64": fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
  };
  for (const [type, values] of Object.entries(arbitraries)) {
    const codec = go[type as GoType];
    fc.assert(
      fc.property(values, (value) => {
        t.deepEqual(codec.decode(parseJson(codec.encode(value as never, "x")), "x"), value as never);
      }),
    );
  }
});
