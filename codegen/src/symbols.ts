import type * as runtime from "machinery-ts/gen/v1";
import type * as arbitraries from "machinery-ts/gen/v1/arbitraries";
import type * as validate from "machinery-ts/gen/v1/validate";

/** The entry of the runtime that generated code imports, and the leaf of it that generated validators import. */
export const runtimeModule = "machinery-ts/gen/v1";
export const validateModule = "machinery-ts/gen/v1/validate";
/** What generated arbitraries import, which only tests do. */
export const arbitrariesModule = "machinery-ts/gen/v1/arbitraries";

export type ArbitrariesSymbol = Extract<keyof typeof arbitraries, "argumentsOf" | "objectsOf">;

/** What generated code may take from the entry: values, and types marked `type X`. A name it no longer exports does not compile. */
export type RuntimeName = RuntimeValue | `type ${keyof RuntimeTypes}`;

type RuntimeValue = Extract<
  keyof typeof runtime,
  "builder" | "checkResults" | "dispatcher" | "go" | "goResults" | "objectCodec" | "sender" | "tuple" | "validateEnvelope"
>;

interface RuntimeTypes {
  Dispatch: runtime.Dispatch;
  Sender: runtime.Sender<any, any>;
  Sending: runtime.Sending;
  Signature: runtime.Signature;
  TaskDefinition: runtime.TaskDefinition;
  Validator: runtime.Validator;
}

/** What generated validators may take from the leaf. */
export type ValidateSymbol = Extract<keyof typeof validate, "equal" | "formats" | "isGo" | "isObject" | "ucs2length">;

/** The wire types, each with an exact check of its own in `isGo`. */
export const goTypes = Object.keys({
  bool: true,
  int: true,
  int8: true,
  int16: true,
  int32: true,
  int64: true,
  uint: true,
  uint8: true,
  uint16: true,
  uint32: true,
  uint64: true,
  float32: true,
  float64: true,
  string: true,
  "[]bool": true,
  "[]int": true,
  "[]int8": true,
  "[]int16": true,
  "[]int32": true,
  "[]int64": true,
  "[]uint": true,
  "[]uint8": true,
  "[]uint16": true,
  "[]uint32": true,
  "[]uint64": true,
  "[]float32": true,
  "[]float64": true,
  "[]string": true,
} satisfies Record<runtime.GoType, true>) as readonly runtime.GoType[];

/** The `format`s of strings that the leaf checks. */
export const formats = Object.keys({
  date: true,
  "date-time": true,
  time: true,
  duration: true,
  email: true,
  hostname: true,
  ipv4: true,
  ipv6: true,
  uri: true,
  uuid: true,
} satisfies Record<validate.FormatName, true>) as readonly validate.FormatName[];

/** What generated code calls a check: `isInt64`, `isInt64Slice`, `isDateTime`. */
export function checkName(type: string): string {
  const words = type.replace(/^\[\]/, "").split("-");
  return `is${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}${type.startsWith("[]") ? "Slice" : ""}`;
}
