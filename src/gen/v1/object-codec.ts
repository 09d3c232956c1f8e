import { MachineryError, preview } from "../../errors.js";
import { parseJson, stringifyJson } from "../../wire/json.js";
import { JsonNumber, type JsonValue } from "../../wire/json-value.js";
import { defaultLimits } from "../../wire/limits.js";
import { argumentErrors, type Codec, type CodecErrors, misfit, place, resultErrors } from "./codec.js";
import type { Validator } from "./task.js";

/**
 * The codec of a structured type: on the wire a string that holds JSON. Both ways the value is copied, to objects without a
 * prototype, and the copy is validated: what is sent is what was checked. An integer is plain digits, as Go has it: `1.0` is none.
 *
 * @param validator of the type; it may put a bigint in the place of a number where the contract says `format: int64`
 * @param of whose errors it throws; default those of an argument
 */
export function objectCodec<T>(validator: Validator, of: "argument" | "result" = "argument"): Codec<T> {
  const errors = of === "argument" ? argumentErrors : resultErrors;
  const validated = (value: JsonValue, at: string): JsonValue => {
    if (validator(value)) return value;
    const [error] = validator.errors ?? [];
    throw new MachineryError(errors.value, `${error?.message ?? "is not valid"}.`, { at: at + (error?.instancePath ?? "") });
  };
  return {
    encode(value, name, index) {
      const at = place(name, index);
      return JSON.stringify(stringifyJson(validated(copy(value, errors, at, 0), at)));
    },
    decode(value, name, index) {
      const at = place(name, index);
      if (typeof value !== "string") throw misfit(errors.value, "a string that holds JSON", value, at);
      return numbersRead(validated(copy(parse(value, errors, at), errors, at, 0), at)) as T;
    },
  };
}

function parse(text: string, errors: CodecErrors, at: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    const code = error instanceof MachineryError && error.code === "ERR_MSG_DEPTH" ? errors.depth : errors.value;
    throw new MachineryError(code, `expected a string that holds JSON, got ${preview(text)}.`, { at, cause: error });
  }
}

const unsafeKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** A deep copy to objects without a prototype; throws for what JSON cannot hold or what could reach a prototype. */
function copy(value: unknown, errors: CodecErrors, at: string, depth: number): JsonValue {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw misfit(errors.value, "well-formed Unicode", value, at);
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw misfit(errors.value, "a finite number", String(value), at);
      return value;
    case "bigint":
      // No integer of 64 bits, so that it was written as a float.
      return value >= -(2n ** 63n) && value < 2n ** 64n ? value : finite(String(value), errors, at);
    case "object":
      if (value === null) return null;
      // Left as it is written for the validator, to which 1.0 is a number and no integer.
      if (value instanceof JsonNumber) {
        finite(value.text, errors, at);
        return value;
      }
      if (depth === defaultLimits.maxDepth) throw new MachineryError(errors.depth, `nests deeper than ${depth} levels.`, { at });
      return Array.isArray(value)
        ? value.map((item, i) => copy(item, errors, `${at}/${i}`, depth + 1))
        : copyObject(value, errors, at, depth + 1);
    default:
      throw misfit(errors.value, "a value that JSON can hold", value, at);
  }
}

function copyObject(object: object, errors: CodecErrors, at: string, depth: number): JsonValue {
  const result: Record<string, JsonValue> = Object.create(null);
  for (const key of Object.keys(object)) {
    if (unsafeKeys.has(key)) throw new MachineryError(errors.key, `must not have the key "${key}".`, { at });
    const value: unknown = object[key as keyof typeof object];
    if (value !== undefined) result[key] = copy(value, errors, `${at}/${key}`, depth);
  }
  return result;
}

function finite(text: string, errors: CodecErrors, at: string): number {
  const value = Number(text);
  if (!Number.isFinite(value))
    throw new MachineryError(errors.range, `${text.slice(0, 60)} is more than a float64 can hold.`, { at });
  return value;
}

/** With the numbers of fields that the type does not name, and no validator has read, as numbers; in place. */
function numbersRead(value: JsonValue): JsonValue {
  if (value instanceof JsonNumber) return Number(value);
  if (typeof value !== "object" || value === null) return value;
  const members = value as { [key: string]: JsonValue };
  for (const key of Object.keys(members)) members[key] = numbersRead(members[key]!);
  return value;
}
