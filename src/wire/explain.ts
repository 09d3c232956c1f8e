import { type ErrorCode, MachineryError, preview } from "../errors.js";
import type { ValidationError } from "../gen/v1/task.js";
import { isGo } from "../gen/v1/validate.js";
import type { GoType } from "./go-types.js";
import { JsonNumber } from "./json-value.js";

/**
 * Turns what a generated validator found wrong with a message into the error that says so: which code, where (a JSON pointer), what
 * was expected and what came.
 */
export function explainInvalid(errors: readonly ValidationError[] | null | undefined, message: unknown): MachineryError {
  const error = errors?.[0];
  if (error === undefined) return new MachineryError("ERR_SIG_TYPE", "the message is no signature.");
  if (/\/Args(\/\d+)?$/.test(error.instancePath) && countKeywords.has(error.keyword)) return explainCount(error, message);
  if (lacksArgs(error, message))
    return new MachineryError("ERR_ARG_COUNT", "expected arguments, got none.", { at: "/Args", hint: sameContract });
  const inArg = /^(.*\/Args\/\d+)(?:\/(Type|Value)(\/.*)?)?$/.exec(error.instancePath);
  if (inArg) return explainArg(error, inArg[1]!, inArg[2], message);
  return explainField(error, message);
}

/** Whether a task that takes arguments got `null` or nothing in their place. */
function lacksArgs({ instancePath, keyword, params }: ValidationError, message: unknown): boolean {
  if (keyword === "required") return instancePath === "" && params.missingProperty === "Args";
  return keyword === "type" && instancePath === "/Args" && valueAt(message, "/Args") === null;
}

const countKeywords: ReadonlySet<string> = new Set(["minItems", "maxItems", "items", "additionalItems", "false schema"]);

/** The envelope's own limit; a contract's counts are below it. */
const MAX_ARGS = 100_000;

function explainCount({ instancePath, keyword, params }: ValidationError, message: unknown): MachineryError {
  const at = instancePath.replace(/\/\d+$/, "");
  const args = valueAt(message, at);
  const got = Array.isArray(args) ? args.length : 0;
  if (got > MAX_ARGS) return new MachineryError("ERR_SIG_LIMIT", `${got} arguments; the limit is ${MAX_ARGS}.`, { at });
  const limit = typeof params.limit === "number" ? `${keyword === "minItems" ? "at least" : "at most"} ${params.limit}` : "fewer";
  return new MachineryError("ERR_ARG_COUNT", `expected ${limit}, got ${got}.`, { at, hint: sameContract });
}

const sameContract = "Sender and worker must be built from the same contract.";

function explainArg(error: ValidationError, arg: string, part: string | undefined, message: unknown): MachineryError {
  if (part === undefined) {
    if (error.keyword !== "required") return new MachineryError("ERR_SIG_TYPE", "expected an object.", { at: arg });
    const missing = String(error.params.missingProperty);
    return new MachineryError(missing === "Type" ? "ERR_ARG_TYPE" : "ERR_ARG_VALUE", "is missing.", { at: `${arg}/${missing}` });
  }
  const type = valueAt(message, `${arg}/Type`);
  if (part === "Type") {
    // Of the types that it may come as, its own is the first.
    const [wanted] = [error.params.allowedValue ?? error.params.allowedValues].flat();
    const expected = wanted === undefined ? "the name of a Go type" : preview(wanted);
    return new MachineryError("ERR_ARG_TYPE", `expected ${expected}, got ${preview(type)}.`, {
      at: `${arg}/Type`,
      hint: sameContract,
    });
  }
  return explainValue(String(error.params.goType ?? type), valueAt(message, error.instancePath), error.instancePath);
}

/** Why a value is not one of a Go type; of a slice, the first item that is not. */
function explainValue(type: string, value: unknown, at: string): MachineryError {
  const item = type.slice(2);
  if (type.startsWith("[]") && isGoType(item) && Array.isArray(value) && type !== "[]uint8") {
    const i = value.findIndex((one) => !isGo[item](one));
    if (i !== -1) return explainValue(item, value[i], `${at}/${i}`);
  }
  const isWhole = typeof value === "bigint" || Number.isInteger(value);
  const isNumber = isWhole || typeof value === "number" || value instanceof JsonNumber;
  if (/^u?int/.test(type) && isWhole)
    return new MachineryError("ERR_ARG_RANGE", `${value} is out of the range of ${type}.`, { at });
  if (type.startsWith("float") && isNumber) {
    return new MachineryError("ERR_ARG_RANGE", `${show(value)} is more than a ${type} can hold.`, { at });
  }
  return new MachineryError("ERR_ARG_VALUE", `expected ${expectation(type)}, got ${show(value)}.`, { at });
}

function isGoType(type: string): type is GoType {
  return Object.hasOwn(isGo, type);
}

function expectation(type: string): string {
  if (/^u?int/.test(type)) return `an integer in plain digits (${type})`;
  if (type === "[]uint8" || type === "[]byte") return "base64 ([]uint8)";
  return type.startsWith("[]") ? `an array (${type})` : `a ${type}`;
}

function explainField({ instancePath, keyword, params, message: text }: ValidationError, message: unknown): MachineryError {
  const value = valueAt(message, instancePath);
  const error = (code: ErrorCode, what: string, at = instancePath) => new MachineryError(code, what, at === "" ? {} : { at });
  switch (keyword) {
    case "required":
      return error("ERR_SIG_FIELD", "is missing.", `${instancePath}/${params.missingProperty}`);
    case "minLength":
      return error("ERR_SIG_FIELD", "is empty.");
    case "maxLength":
      return error("ERR_SIG_LIMIT", `longer than ${params.limit} characters.`);
    case "maxItems":
      return error("ERR_SIG_LIMIT", `more than ${params.limit} items.`);
    case "minimum":
    case "maximum":
      return error("ERR_SIG_RANGE", `expected a number ${params.comparison} ${params.limit}, got ${show(value)}.`);
    case "pattern":
      return instancePath.endsWith("/ETA")
        ? error("ERR_SIG_TYPE", `expected a time as RFC 3339 writes it, got ${show(value)}.`)
        : error("ERR_SIG_CHARS", `expected letters, digits and . _ : - only, got ${show(value)}.`);
    case "type":
      return error("ERR_SIG_TYPE", `expected ${[params.type].flat().join(" or ")}, got ${show(value)}.`);
    default:
      return error("ERR_SIG_TYPE", `${text ?? "is not valid"}.`);
  }
}

function show(value: unknown): string {
  return value instanceof JsonNumber ? value.text.slice(0, 80) : preview(value);
}

/** What a JSON pointer of a validator's error points at. */
function valueAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    found = typeof found === "object" && found !== null && Object.hasOwn(found, key) ? found[key as keyof typeof found] : undefined;
  }
  return found;
}
