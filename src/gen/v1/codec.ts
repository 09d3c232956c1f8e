import { type ErrorCode, type ErrorDetails, MachineryError, preview } from "../../errors.js";
import { JsonNumber, type JsonValue } from "../../wire/json-value.js";

/** How one type of the contract is written to the wire and read from it. */
export interface Codec<T> {
  /**
   * The value as JSON text. Throws where it does not fit the type.
   *
   * @param name the argument's or result's name, for the error
   * @param index which of a variadic argument's values it is
   */
  encode(value: T, name: string, index?: number): string;
  /** The value out of what `wire/json` parsed. Throws where that does not fit the type. */
  decode(value: JsonValue, name: string, index?: number): T;
}

/** What the codecs of arguments and of results have for themselves: the codes of their errors. */
export interface CodecErrors {
  readonly value: ErrorCode;
  readonly range: ErrorCode;
  readonly key: ErrorCode;
  readonly depth: ErrorCode;
}

export const argumentErrors: CodecErrors = {
  value: "ERR_ARG_VALUE",
  range: "ERR_ARG_RANGE",
  key: "ERR_ARG_KEY",
  depth: "ERR_ARG_DEPTH",
};

export const resultErrors: CodecErrors = {
  value: "ERR_RESULT_VALUE",
  range: "ERR_RESULT_RANGE",
  key: "ERR_RESULT_VALUE",
  depth: "ERR_RESULT_DEPTH",
};

/** `terms`, or `terms[3]`. */
export function place(name: string, index: number | undefined): string {
  return index === undefined ? name : `${name}[${index}]`;
}

/** The error for a value of another kind than the type's. */
export function misfit(code: ErrorCode, expected: string, value: unknown, at: string, hint?: string): MachineryError {
  const details: ErrorDetails = hint === undefined ? { at } : { at, hint };
  const got = value instanceof JsonNumber ? value.text.slice(0, 80) : preview(value);
  return new MachineryError(code, `expected ${expected}, got ${got}.`, details);
}
