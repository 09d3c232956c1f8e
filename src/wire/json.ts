import { MachineryError } from "../errors.js";
import { isPlainNumber, JsonReader } from "./json-reader.js";
import { JsonNumber, type JsonValue } from "./json-value.js";
import { checkShape, defaultLimits, type MessageLimits } from "./limits.js";
import { quoted } from "./quoted.js";

export { JsonNumber, type JsonValue } from "./json-value.js";

/**
 * Parses a JSON text without losing a digit of its numbers; see `JsonValue` for what they become. Throws `ERR_MSG_DEPTH`,
 * `ERR_MSG_VALUES`, `ERR_MSG_JSON` or `ERR_MSG_DUP_KEY`.
 */
export function parseJson(text: string, limits: MessageLimits = defaultLimits): JsonValue {
  checkShape(text, limits);
  return parseWithin(text, limits.uniqueKeys);
}

/** The same for a text that is known to be within the limits. */
export function parseWithin(text: string, uniqueKeys = false): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(text, error);
  }
  return !uniqueKeys && isSafe(text, value) ? value : new JsonReader(text, uniqueKeys).read();
}

// A number of 16 digits or more, or one with a point or an exponent: most texts have nothing that looks like it at all. Inside a string,
// as in most UUIDs, it costs time and no more: few of them begin as a number does.
const lookalike = /\d(?:[.eE]|\d{15})/g;
const numbers = /(?:"\s*:|[,[])\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** Whether `JSON.parse` kept every number of the text as it stands. */
function isSafe(text: string, value: JsonValue): boolean {
  if (typeof value === "number") return false; // not worth a thought: nothing in front of it by which it could be found
  if (!hasSuspect(text)) return true;
  numbers.lastIndex = 0;
  for (let match = numbers.exec(text); match !== null; match = numbers.exec(text)) if (!isPlainNumber(match[1]!)) return false;
  return true;
}

/** Whether something in a JSON text looks like a number which `JSON.parse` may have changed, and stands where one may stand. */
function hasSuspect(text: string): boolean {
  lookalike.lastIndex = 0;
  for (let match = lookalike.exec(text); match !== null; match = lookalike.exec(text)) {
    let at = match.index - 1;
    while (isDigit(text.charCodeAt(at))) at--;
    if (text[at] === "-") at--;
    at = beforeSpace(text, at);
    if (text[at] === "," || text[at] === "[") return true;
    // Not so in a time of day.
    if (text[at] === ":" && text[beforeSpace(text, at - 1)] === '"') return true;
    // Digits without end are looked at once.
    while (isDigit(text.charCodeAt(lookalike.lastIndex))) lookalike.lastIndex++;
  }
  return false;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** The place of the last character up to `at` that is none of JSON's spaces. */
function beforeSpace(text: string, at: number): number {
  let place = at;
  for (let code = text.charCodeAt(place); code === 0x20 || (code >= 0x09 && code <= 0x0d); code = text.charCodeAt(place)) place--;
  return place;
}

function invalid(text: string, error: unknown): MachineryError {
  // The engine's own message quotes the text, which may hold secrets; its position is enough.
  const position = /position (\d+)/.exec(String(error))?.[1];
  const where = position === undefined ? "" : ` at position ${position}`;
  return new MachineryError("ERR_MSG_JSON", `is not valid JSON${where}.`, {
    ...(text.startsWith("\ufeff") && { hint: "It begins with a byte order mark: send it without." }),
  });
}

/** Writes a value as JSON, every digit of its numbers kept. Throws `TypeError` for what JSON cannot hold. */
export function stringifyJson(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
      return writeNumber(value);
    case "bigint":
      return value.toString();
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (value instanceof JsonNumber) return value.text;
      return Array.isArray(value) ? `[${value.map(stringifyJson).join()}]` : writeObject(value as { [key: string]: JsonValue });
    default:
      throw new TypeError(`JSON cannot hold a value of type ${typeof value}`);
  }
}

function writeObject(object: { readonly [key: string]: JsonValue }): string {
  let text = "";
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    text += `${text === "" ? "" : ","}${quoted(key)}:${stringifyJson(value)}`;
  }
  return `{${text}}`;
}

/** A finite number as JSON, the sign of zero kept. */
export function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`JSON cannot hold ${value}`);
  return value === 0 && Object.is(value, -0) ? "-0" : String(value);
}
