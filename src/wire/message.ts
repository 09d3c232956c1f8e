import { signature as validate } from "../../generated/wire/validators.js";
import { MachineryError } from "../errors.js";
import type { Validator } from "../gen/v1/task.js";
import { checkEnvelope, MAX_CALLBACK_DEPTH, MAX_CHAIN_LENGTH } from "./envelope.js";
import { explainInvalid } from "./explain.js";
import { parseJson } from "./json.js";
import { JsonNumber, type JsonValue } from "./json-value.js";
import { KnownLayouts, type ReadMessage } from "./known-layouts.js";
import { defaultLimits, isShallow, type MessageLimits } from "./limits.js";
import type { WireSignature } from "./signature.js";

export { signature as envelopeValidator } from "../../generated/wire/validators.js";
export { checkEnvelope } from "./envelope.js";
export { explainInvalid } from "./explain.js";

/** A message that is a JSON object and nothing more is known of it. */
export type MessageObject = { readonly [field: string]: JsonValue };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses the bytes of a message, exactly. Throws `ERR_MSG_*`: `SIZE`, `UTF8`, `DEPTH`, `VALUES`, `JSON`, `DUP_KEY`, `NOT_OBJECT`.
 * What it holds is for a validator to say: that of the task (generated; then `checkEnvelope`), or `validateEnvelope`.
 */
export function parseMessage(bytes: Uint8Array, limits: MessageLimits = defaultLimits): MessageObject {
  return readMessage(bytes, limits).message;
}

/** The same, with what is known of messages like it: for `isValid`. */
export function readMessage(bytes: Uint8Array, limits: MessageLimits = defaultLimits): ReadMessage {
  if (bytes.byteLength > limits.maxBytes) {
    throw new MachineryError("ERR_MSG_SIZE", `the message has ${bytes.byteLength} bytes; the limit is ${limits.maxBytes}.`);
  }
  if (limits.uniqueKeys) return { message: parseText(decodeText(bytes), limits), layout: undefined };
  const known = layouts.parse(asBuffer(bytes), limits);
  if (known) return known;
  const text = decodeText(bytes);
  const message = parseText(text, limits);
  layouts.learn(text, message);
  return { message, layout: undefined };
}

/**
 * Whether a task's validator passes a message: all of it, or, where it has passed one of the same layout before, only what is another
 * in each message.
 */
export function isValid(validate: Validator, { message, layout }: ReadMessage): boolean {
  if (layout === undefined) return validate(message);
  if (layout.passed !== validate) {
    if (!validate(message)) return false;
    layout.passed = validate;
    return true;
  }
  // A UUID is known by its layout to be one.
  return validate({ UUID: "known", Name: message.Name, Args: message.Args });
}

const layouts = new KnownLayouts();

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function parseText(text: string, limits: MessageLimits): MessageObject {
  const message = parseJson(text, { ...limits, maxDepth: limits.maxDepth + CALLBACK_LEVELS });
  if (!isObject(message)) {
    const got =
      message === null
        ? "null"
        : Array.isArray(message)
          ? "an array"
          : `a ${typeof message === "object" ? "number" : typeof message}`;
    throw new MachineryError("ERR_MSG_NOT_OBJECT", `the message is ${got}; a signature is a JSON object.`);
  }
  if (!isShallow(text, limits)) checkDepth(message as MessageObject, limits, "");
  return message as MessageObject;
}

/** How many levels callbacks may add to a message, by the limits of `checkEnvelope`: an array and an object for each. */
export const CALLBACK_LEVELS = 2 * (MAX_CALLBACK_DEPTH + MAX_CHAIN_LENGTH);

/** The limit of depth counts anew in each callback, so that a long chain is no deeper than its tasks are. */
function checkDepth(signature: MessageObject, limits: MessageLimits, at: string): void {
  for (const field in signature) {
    const value = signature[field]!;
    // As most are: no need to look at their names.
    if (typeof value !== "object" || value === null) continue;
    if ((field === "OnSuccess" || field === "OnError") && Array.isArray(value)) {
      value.forEach((callback, i) => {
        if (isObject(callback)) checkDepth(callback, limits, `${at}/${field}/${i}`);
        else checkLevels(callback, limits, limits.maxDepth - 2, `${at}/${field}/${i}`);
      });
    } else if (field === "ChordCallback" && isObject(value)) checkDepth(value, limits, `${at}/${field}`);
    else checkLevels(value, limits, limits.maxDepth - 1, `${at}/${field}`);
  }
}

function checkLevels(value: JsonValue, limits: MessageLimits, levels: number, at: string): void {
  if (typeof value !== "object" || value === null || value instanceof JsonNumber) return;
  if (levels === 0) throw new MachineryError("ERR_MSG_DEPTH", `nests deeper than ${limits.maxDepth} levels.`, { at });
  for (const item of Array.isArray(value) ? value : Object.values(value)) checkLevels(item, limits, levels - 1, at);
}

function isObject(value: JsonValue | undefined): value is MessageObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** Checks a parsed message against Machinery's Signature, whatever its task. Throws `ERR_SIG_*` or `ERR_ARG_TYPE`. */
export function validateEnvelope(message: MessageObject): WireSignature {
  if (!validate(message)) throw explainInvalid(validate.errors, message);
  return message as unknown as WireSignature;
}

/**
 * The signature in the bytes of a message, for whoever has no task to validate it by. Throws `ERR_MSG_*`, `ERR_SIG_*` or
 * `ERR_ARG_TYPE`.
 *
 * @param queue where the message lies; a UUID of the same name is refused
 */
export function decodeMessage(bytes: Uint8Array, limits: MessageLimits = defaultLimits, queue?: string): WireSignature {
  return checkEnvelope(validateEnvelope(parseMessage(bytes, limits)), queue);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    throw new MachineryError("ERR_MSG_UTF8", "the message is not valid UTF-8.", {
      ...(isGzip && { hint: "It looks like gzip: send it uncompressed." }),
      cause,
    });
  }
}
