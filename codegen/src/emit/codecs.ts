import { ts } from "ts-morph";
import { stringLiteral } from "../literal.js";
import type { Model, ObjectType, ScalarType } from "../model.js";
import { identifier, member } from "./syntax.js";
import { valueType } from "./task-types.js";

/** The type's name on the wire. An object travels as a string that holds its JSON. */
export function wireType(type: ScalarType | ObjectType): string {
  return type.kind === "object" ? "string" : type.go;
}

/** An argument or a result: their codecs differ in the codes of their errors. */
export type Use = "argument" | "result";

/** A constant of `definitions.ts`. */
export interface Codec {
  readonly name: string;
  readonly from: "go" | "goResults" | "objectCodec";
  readonly codec: ts.Expression;
}

/** One constant for each codec that the tasks need, sorted by name. */
export function usedCodecs({ tasks }: Model): Codec[] {
  const used = new Map<string, Codec>();
  const use = (type: ScalarType | ObjectType, as: Use) => used.set(codecName(type, as), codec(type, as));
  for (const { args, returns, versions } of tasks) {
    for (const { type } of [...args, ...versions.flatMap((version) => version.args)]) use(type, "argument");
    for (const { type } of returns) use(type, "result");
  }
  return [...used.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function codec(type: ScalarType | ObjectType, use: Use): Codec {
  const name = codecName(type, use);
  if (type.kind === "scalar") {
    const from = use === "argument" ? "go" : "goResults";
    return { name, from, codec: member(from, type.go) };
  }
  const given = [member("objects", type.def), ...(use === "result" ? [stringLiteral(use)] : [])];
  return { name, from: "objectCodec", codec: ts.factory.createCallExpression(identifier("objectCodec"), [valueType(type)], given) };
}

/** `int64`, `int64Slice`, `resizeRequestObject`; `int64Result`, `int64SliceResult`. */
export function codecName(type: ScalarType | ObjectType, use: Use): string {
  const suffix = use === "result" ? "Result" : "";
  if (type.kind === "object") return `${type.def.charAt(0).toLowerCase()}${type.def.slice(1)}Object${suffix}`;
  return `${type.go.startsWith("[]") ? `${type.go.slice(2)}Slice` : type.go}${suffix}`;
}
