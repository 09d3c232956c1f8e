import { type Binary, Double, Long } from "mongodb";
import { JsonNumber, type JsonValue, parseJson, stringifyJson } from "../../wire/json.js";
import { storedLimits } from "../../wire/limits.js";

export interface StoredResult {
  type: string;
  value: unknown;
}

const signed = /^(?:\[\])?int(?:8|16|32|64)?$/;
const unsigned = /^(?:\[\])?uint(?:8|16|32|64)?$/;
const longest = 2n ** 63n - 1n;
const least = -(2n ** 63n);

/**
 * Results from their JSON to what MongoDB stores. Whole numbers become int64: it is all that Go reads. What an unsigned number has beyond
 * that, which Go can't read in any form, is text.
 */
export function resultsFrom(json: string): StoredResult[] {
  const results = parseJson(json, storedLimits) as readonly { readonly Type: string; readonly Value: JsonValue }[];
  return results.map(({ Type, Value }) => ({ type: Type, value: valueFrom(Value, Type) }));
}

function valueFrom(value: JsonValue, type: string): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" || typeof value === "bigint" || value instanceof JsonNumber) return numberFrom(value, type);
  if (Array.isArray(value)) return value.map((item) => valueFrom(item, type));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueFrom(item, type)]));
}

function numberFrom(value: number | bigint | JsonNumber, type: string): unknown {
  const whole = signed.test(type) || unsigned.test(type) || (typeof value === "bigint" && !type.includes("float"));
  if (!whole || value instanceof JsonNumber) return new Double(Number(value));
  const exact = BigInt(value);
  return exact > longest || exact < least ? String(exact) : Long.fromBigInt(exact);
}

/** The JSON of stored results, those of Go's workers included. It wants int64 as `Long` (`promoteLongs: false`). */
export function resultsOf(results: readonly StoredResult[]): string {
  return `[${results.map(resultOf).join()}]`;
}

function resultOf({ type, value }: StoredResult): string {
  // Go stores a text that is a JSON object as that object.
  if (type === "json") return `{"Type":"string","Value":${JSON.stringify(jsonOf(value, type))}}`;
  return `{"Type":${JSON.stringify(type)},"Value":${jsonOf(value, type)}}`;
}

function jsonOf(value: unknown, type: string): string {
  if (value === null || value === undefined) return "null";
  switch (typeof value) {
    case "string":
      return unsigned.test(type) && /^\d{19,20}$/.test(value) ? value : JSON.stringify(value);
    case "number":
      return Number.isFinite(value) ? stringifyJson(value) : "null";
    case "boolean":
    case "bigint":
      return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item, type)).join()}]`;
  if (value instanceof Date) return JSON.stringify(value);
  const bson = value as { readonly _bsontype?: string };
  if (bson._bsontype === undefined) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${jsonOf(item, type)}`)
      .join()}}`;
  }
  // Go's []byte, which is base64 on the wire.
  if (bson._bsontype === "Binary") return JSON.stringify((bson as Binary).toString("base64"));
  return /^-?\d+(?:\.\d+)?$/.test(String(bson)) ? String(bson) : JSON.stringify(String(bson));
}
