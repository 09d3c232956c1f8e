import { signature as validate } from "../../generated/wire/validators.js";
import { MachineryError } from "../errors.js";
import { checkEnvelope } from "./envelope.js";
import { explainInvalid } from "./explain.js";
import { parseJson } from "./json.js";
import { JsonNumber, type JsonValue } from "./json-value.js";
import { defaultLimits, type MessageLimits } from "./limits.js";
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
  if (bytes.byteLength > limits.maxBytes) {
    throw new MachineryError("ERR_MSG_SIZE", `the message has ${bytes.byteLength} bytes; the limit is ${limits.maxBytes}.`);
  }
  const message = parseJson(decodeText(bytes), limits);
  if (typeof message !== "object" || message === null || Array.isArray(message) || message instanceof JsonNumber) {
    const got =
      message === null
        ? "null"
        : Array.isArray(message)
          ? "an array"
          : `a ${typeof message === "object" ? "number" : typeof message}`;
    throw new MachineryError("ERR_MSG_NOT_OBJECT", `the message is ${got}; a signature is a JSON object.`);
  }
  return message as MessageObject;
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
