import type { GoType } from "../../src/wire/go-types.js";
import type { GoValue } from "./go-machinery.js";

/** The arguments of the task `every`, as TypeScript has them. */
type Scalars = readonly [
  b: boolean,
  i: bigint,
  i8: number,
  i16: number,
  i32: number,
  i64: bigint,
  u: bigint,
  u8: number,
  u16: number,
  u32: number,
  u64: bigint,
  f32: number,
  f64: number,
  s: string,
];

/** Text that one JSON writer or another escapes. `go/main.go` has the same. */
export const awkward = '<a href="x">&amp;</a> \\ \u2028 é 𝄞';

const types = [
  "bool",
  "int",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float32",
  "float64",
  "string",
];

/** A call of `every`: what TypeScript gives, and what Go makes of it. `go/v2.go` sends the same under the same names. */
function call(values: Scalars, f32: string): { readonly values: Scalars; readonly go: GoValue[] } {
  const json = values.map((value, i) =>
    i === types.indexOf("float32") ? f32 : i === types.indexOf("string") ? goString(value as string) : goNumber(value),
  );
  return { values, go: types.map((type, i) => ({ type, value: json[i]! })) };
}

const largest32 = 3.4028234663852886e38;
const largest64 = 2n ** 63n - 1n;

export const limits = {
  least: call(
    [false, -(2n ** 63n), -128, -32_768, -(2 ** 31), -(2n ** 63n), 0n, 0, 0, 0, 0n, -largest32, -Number.MAX_VALUE, ""],
    "-3.4028235e+38",
  ),
  greatest: call(
    [
      true,
      largest64,
      127,
      32_767,
      2 ** 31 - 1,
      largest64,
      2n ** 64n - 1n,
      255,
      65_535,
      2 ** 32 - 1,
      2n ** 64n - 1n,
      largest32,
      Number.MAX_VALUE,
      awkward,
    ],
    "3.4028235e+38",
  ),
  smallest: call([true, 0n, 0, 0, 0, 0n, 0n, 0, 0, 0, 0n, 2 ** -149, Number.MIN_VALUE, "\0"], "1e-45"),
} as const;

type Slices = readonly [
  b: readonly boolean[],
  i: readonly bigint[],
  i8: readonly number[],
  i16: readonly number[],
  i32: readonly number[],
  i64: readonly bigint[],
  u: readonly bigint[],
  u8: Uint8Array,
  u16: readonly number[],
  u32: readonly number[],
  u64: readonly bigint[],
  f32: readonly number[],
  f64: readonly number[],
  s: readonly string[],
];

export const slices: { readonly values: Slices; readonly go: GoValue[] } = {
  values: [
    [true, false],
    [-(2n ** 63n), largest64],
    [-128, 127],
    [-32_768, 32_767],
    [-(2 ** 31), 2 ** 31 - 1],
    [-(2n ** 63n), largest64],
    [0n, 2n ** 64n - 1n],
    Uint8Array.of(0, 255),
    [0, 65_535],
    [0, 2 ** 32 - 1],
    [0n, 2n ** 64n - 1n],
    [Math.fround(0.1), largest32],
    [0.1, Number.MAX_VALUE],
    ["", awkward],
  ],
  go: [
    "[true,false]",
    "[-9223372036854775808,9223372036854775807]",
    "[-128,127]",
    "[-32768,32767]",
    "[-2147483648,2147483647]",
    "[-9223372036854775808,9223372036854775807]",
    "[0,18446744073709551615]",
    '"AP8="',
    "[0,65535]",
    "[0,4294967295]",
    "[0,18446744073709551615]",
    "[0.1,3.4028235e+38]",
    "[0.1,1.7976931348623157e+308]",
    `["",${goString(awkward)}]`,
  ].map((value, i) => ({ type: `[]${types[i]}`, value })),
};

export const empty: typeof slices = {
  values: [[], [], [], [], [], [], [], new Uint8Array(), [], [], [], [], [], []],
  go: types.map((type) => ({ type: `[]${type}`, value: type === "uint8" ? '""' : "[]" })),
};

const isSigned = ({ type }: GoValue) => !type.includes("uint");

/** The arguments of the task `signed`, and its results: the limits of all types but the unsigned ones. */
export const signed = {
  types: [...limits.greatest.go, ...slices.go].filter(isSigned).map(({ type }) => type as GoType),
  values: [...limits.greatest.values, ...slices.values].filter((_, i) => isSigned([...limits.greatest.go, ...slices.go][i]!)),
  go: [...limits.greatest.go, ...slices.go].filter(isSigned),
};

/** Go's JSON of a string: with `<`, `>`, `&` and U+2028 escaped. */
function goString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function goNumber(value: unknown): string {
  return String(value);
}
