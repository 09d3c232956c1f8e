import { MachineryError } from "../../errors.js";
import { writeFloat32 } from "../../wire/float32.js";
import type { GoTypes } from "../../wire/go-types.js";
import { writeNumber } from "../../wire/json.js";
import { JsonNumber, type JsonValue } from "../../wire/json-value.js";
import { quoted } from "../../wire/quoted.js";
import { argumentErrors, type Codec, type CodecErrors, misfit, place, resultErrors } from "./codec.js";
import { isBase64 } from "./validate.js";

/** The codec of each wire type. */
export type GoCodecs = { readonly [type in keyof GoTypes]: Codec<GoTypes[type]> };

/** The codecs of arguments: their errors are `ERR_ARG_VALUE` and `ERR_ARG_RANGE`. */
export const go: GoCodecs = codecs(argumentErrors);

/** The codecs of results: their errors are `ERR_RESULT_VALUE` and `ERR_RESULT_RANGE`. */
export const goResults: GoCodecs = codecs(resultErrors);

function codecs(errors: CodecErrors): GoCodecs {
  const scalars = {
    bool: bool(errors),
    int: integer64("int", -(2n ** 63n), 2n ** 63n - 1n, errors),
    int8: integer("int8", -(2 ** 7), 2 ** 7 - 1, errors),
    int16: integer("int16", -(2 ** 15), 2 ** 15 - 1, errors),
    int32: integer("int32", -(2 ** 31), 2 ** 31 - 1, errors),
    int64: integer64("int64", -(2n ** 63n), 2n ** 63n - 1n, errors),
    uint: integer64("uint", 0n, 2n ** 64n - 1n, errors),
    uint8: integer("uint8", 0, 2 ** 8 - 1, errors),
    uint16: integer("uint16", 0, 2 ** 16 - 1, errors),
    uint32: integer("uint32", 0, 2 ** 32 - 1, errors),
    uint64: integer64("uint64", 0n, 2n ** 64n - 1n, errors),
    float32: float("float32", Math.fround, writeFloat32, errors),
    float64: float("float64", (value) => value, writeNumber, errors),
    string: string(errors),
  } as const;
  return Object.freeze({
    ...scalars,
    "[]bool": slice("[]bool", scalars.bool, errors),
    "[]int": slice("[]int", scalars.int, errors),
    "[]int8": slice("[]int8", scalars.int8, errors),
    "[]int16": slice("[]int16", scalars.int16, errors),
    "[]int32": slice("[]int32", scalars.int32, errors),
    "[]int64": slice("[]int64", scalars.int64, errors),
    "[]uint": slice("[]uint", scalars.uint, errors),
    "[]uint8": bytes(errors),
    "[]uint16": slice("[]uint16", scalars.uint16, errors),
    "[]uint32": slice("[]uint32", scalars.uint32, errors),
    "[]uint64": slice("[]uint64", scalars.uint64, errors),
    "[]float32": slice("[]float32", scalars.float32, errors),
    "[]float64": slice("[]float64", scalars.float64, errors),
    "[]string": slice("[]string", scalars.string, errors),
  });
}

function bool(errors: CodecErrors): Codec<boolean> {
  return {
    encode(value, name, index) {
      if (typeof value !== "boolean") throw misfit(errors.value, "a boolean", value, place(name, index));
      return value ? "true" : "false";
    },
    decode(value, name, index) {
      if (typeof value !== "boolean") throw misfit(errors.value, "a boolean", value, place(name, index));
      return value;
    },
  };
}

/** Integers that a double holds: `number` in TypeScript. */
function integer(type: string, min: number, max: number, errors: CodecErrors): Codec<number> {
  const checked = (value: unknown, name: string, index: number | undefined): number => {
    if (typeof value !== "number" || !Number.isInteger(value)) {
      const hint = typeof value === "bigint" ? `Write ${value}, without the n.` : undefined;
      throw misfit(errors.value, `a whole number (${type})`, value, place(name, index), hint);
    }
    if (value < min || value > max) throw outOfRange(errors, type, min, max, value, place(name, index));
    return value + 0; // -0 is 0
  };
  return {
    encode: (value, name, index) => String(checked(value, name, index)),
    decode(value, name, index) {
      if (typeof value === "bigint") throw outOfRange(errors, type, min, max, value, place(name, index));
      return checked(value, name, index);
    },
  };
}

/** Integers of 64 bits: `bigint` in TypeScript. */
function integer64(type: string, min: bigint, max: bigint, errors: CodecErrors): Codec<bigint> {
  const inRange = (value: bigint, name: string, index: number | undefined): bigint => {
    if (value < min || value > max) throw outOfRange(errors, type, min, max, value, place(name, index));
    return value;
  };
  return {
    encode(value, name, index) {
      if (typeof value !== "bigint") {
        const hint = Number.isSafeInteger(value) ? `Write ${value}n.` : undefined;
        throw misfit(errors.value, `a bigint (${type})`, value, place(name, index), hint);
      }
      return inRange(value, name, index).toString();
    },
    decode(value, name, index) {
      if (typeof value === "number" && Number.isSafeInteger(value)) return inRange(BigInt(value), name, index);
      if (typeof value === "bigint") return inRange(value, name, index);
      throw misfit(errors.value, `a whole number in plain digits (${type})`, value, place(name, index));
    },
  };
}

function outOfRange(errors: CodecErrors, type: string, min: unknown, max: unknown, value: unknown, at: string): MachineryError {
  return new MachineryError(errors.range, `${value} is out of the range of ${type}, ${min} to ${max}.`, { at });
}

function float(
  type: string,
  round: (value: number) => number,
  write: (value: number) => string,
  errors: CodecErrors,
): Codec<number> {
  const rounded = (given: number, name: string, index: number | undefined): number => {
    const value = round(given);
    if (!Number.isFinite(value)) {
      throw new MachineryError(errors.range, `${given} is more than a ${type} can hold.`, { at: place(name, index) });
    }
    return value;
  };
  return {
    encode(value, name, index) {
      if (typeof value !== "number" || !Number.isFinite(value)) {
        throw misfit(
          errors.value,
          `a finite number (${type})`,
          typeof value === "number" ? String(value) : value,
          place(name, index),
        );
      }
      return write(rounded(value, name, index));
    },
    decode(value, name, index) {
      if (typeof value === "number") return rounded(value, name, index);
      if (typeof value === "bigint") return rounded(Number(value), name, index);
      if (value instanceof JsonNumber) return rounded(Number(value.text), name, index);
      throw misfit(errors.value, `a number (${type})`, value, place(name, index));
    },
  };
}

function string(errors: CodecErrors): Codec<string> {
  return {
    encode(value, name, index) {
      if (typeof value !== "string") throw misfit(errors.value, "a string", value, place(name, index));
      // Go would put U+FFFD in its place and say nothing.
      if (!value.isWellFormed()) {
        throw misfit(
          errors.value,
          "well-formed Unicode",
          value,
          place(name, index),
          "Half of a surrogate pair stands alone in it.",
        );
      }
      return quoted(value);
    },
    decode(value, name, index) {
      if (typeof value !== "string") throw misfit(errors.value, "a string", value, place(name, index));
      return value;
    },
  };
}

function slice<T>(type: string, item: Codec<T>, errors: CodecErrors): Codec<readonly T[]> {
  return {
    encode(value, name, index) {
      if (!Array.isArray(value)) throw misfit(errors.value, `an array (${type})`, value, place(name, index));
      const at = place(name, index);
      let text = "";
      for (let i = 0; i < value.length; i++) text += (i === 0 ? "" : ",") + item.encode(value[i], at, i);
      return `[${text}]`;
    },
    decode(value, name, index) {
      if (value === null) return [];
      if (!Array.isArray(value)) throw misfit(errors.value, `an array (${type})`, value, place(name, index));
      const at = place(name, index);
      return value.map((one: JsonValue, i) => item.decode(one, at, i));
    },
  };
}

/** `[]uint8`: base64 on the wire. */
function bytes(errors: CodecErrors): Codec<Uint8Array> {
  return {
    encode(value, name, index) {
      if (!(value instanceof Uint8Array)) throw misfit(errors.value, "a Uint8Array ([]uint8)", value, place(name, index));
      return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}"`;
    },
    decode(value, name, index) {
      if (value === null) return new Uint8Array(0);
      if (typeof value === "string" && isBase64(value)) return new Uint8Array(Buffer.from(value, "base64"));
      throw misfit(errors.value, "base64 ([]uint8)", value, place(name, index));
    },
  };
}
