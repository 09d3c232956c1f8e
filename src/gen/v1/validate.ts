/**
 * What generated validators call at run time. A leaf: of the library it imports only how exact JSON numbers look, so that the
 * wire layer can use validators which were generated from `schema/wire`.
 *
 * A value here is one as `wire/json` parses it: an integer beyond 2^53 is a bigint, a number token that a double would not write
 * back is a `JsonNumber`.
 */
import ucs2lengthModule from "ajv/dist/runtime/ucs2length.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import type { GoType } from "../../wire/go-types.js";
import { JsonNumber } from "../../wire/json-value.js";

/** The length of a string in code points: JSON Schema's `minLength` and `maxLength`. */
export const ucs2length: (text: string) => number = ucs2lengthModule.default;

/** Deep equality of JSON values: `const`, `enum`, `uniqueItems`. (AJV's own calls methods of the objects; ours have no prototype.) */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b))
    return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(a[key as keyof typeof a], b[key as keyof typeof b]));
}

type Check = (value: unknown) => boolean;

function integer(min: number, max: number): Check {
  return (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function integer64(min: bigint, max: bigint): Check {
  return (value) =>
    typeof value === "number"
      ? Number.isSafeInteger(value) && value >= min
      : typeof value === "bigint" && value >= min && value <= max;
}

function float(fits: (value: number) => boolean): Check {
  return (value) => {
    if (typeof value === "number") return fits(value);
    if (typeof value === "bigint") return fits(Number(value));
    return value instanceof JsonNumber && fits(Number(value.text));
  };
}

function slice(item: Check): Check {
  return (value) => value === null || (Array.isArray(value) && value.every(item));
}

const int64 = integer64(-(2n ** 63n), 2n ** 63n - 1n);
const uint64 = integer64(0n, 2n ** 64n - 1n);
const scalars = {
  bool: (value: unknown) => typeof value === "boolean",
  int: int64,
  int8: integer(-(2 ** 7), 2 ** 7 - 1),
  int16: integer(-(2 ** 15), 2 ** 15 - 1),
  int32: integer(-(2 ** 31), 2 ** 31 - 1),
  int64,
  uint: uint64,
  uint8: integer(0, 2 ** 8 - 1),
  uint16: integer(0, 2 ** 16 - 1),
  uint32: integer(0, 2 ** 32 - 1),
  uint64,
  float32: float((value) => Number.isFinite(Math.fround(value))),
  float64: float(Number.isFinite),
  string: (value: unknown) => typeof value === "string",
} as const;

/** Standard base64 with its padding; nothing else, no line breaks. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** Whether a parsed wire value is one of a Go type, exactly: kind and range. A null slice is an empty one. */
export const isGo: { readonly [type in GoType]: Check } = {
  ...scalars,
  "[]bool": slice(scalars.bool),
  "[]int": slice(int64),
  "[]int8": slice(scalars.int8),
  "[]int16": slice(scalars.int16),
  "[]int32": slice(scalars.int32),
  "[]int64": slice(int64),
  "[]uint": slice(uint64),
  "[]uint8": (value) => value === null || (typeof value === "string" && isBase64(value)),
  "[]uint16": slice(scalars.uint16),
  "[]uint32": slice(scalars.uint32),
  "[]uint64": slice(uint64),
  "[]float32": slice(scalars.float32),
  "[]float64": slice(scalars.float64),
  "[]string": slice(scalars.string),
};

function format(name: keyof typeof fullFormats, maxLength: number): (text: string) => boolean {
  const definition = fullFormats[name];
  const test =
    definition instanceof RegExp
      ? (text: string) => definition.test(text)
      : ((typeof definition === "object" && "validate" in definition ? definition.validate : definition) as (
          text: string,
        ) => boolean);
  return (text) => text.length <= maxLength && test(text);
}

/**
 * The `format`s of strings that a contract may use. Each has a greatest length, so that no text can keep the expressions busy.
 * (`int64` and `uint64` on integers are no formats here: they are `isGo`.)
 */
export const formats = {
  date: format("date", 10),
  "date-time": format("date-time", 64),
  time: format("time", 64),
  duration: format("duration", 128),
  email: format("email", 320),
  hostname: format("hostname", 254),
  ipv4: format("ipv4", 15),
  ipv6: format("ipv6", 45),
  uri: format("uri", 8192),
  uuid: format("uuid", 45),
} as const;

export type FormatName = keyof typeof formats;

/** An object of JSON: no null, no array, and not the object that a number's text is kept in. */
export function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}
