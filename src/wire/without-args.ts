import { MachineryError } from "../errors.js";
import { stringifyJson } from "./json.js";
import type { MessageLimits } from "./limits.js";
import { type MessageObject, parseMessage } from "./message.js";
import type { WireArg, WireSignature } from "./signature.js";

/** Stands in a signature for arguments that were left unread. */
export const unreadArgs: readonly WireArg[] = Object.freeze([]);

/** Below this size, in bytes, reading a message whole takes no longer. */
const LARGE = 16 * 1024;

const BEFORE_ARGS = ',"Args":';
/** Of `,"Headers":` what is searched fastest: commas and quotes are everywhere in arguments. */
const BEHIND_ARGS = 'Headers":';
const comma = 0x2c;
const quote = 0x22;
const PLACE = "here";
const place = Buffer.from(JSON.stringify(PLACE));

/** Every field but `Args` and `Priority`, which old messages lack: what stands beside the arguments must hold them all. */
const fields = [
  "UUID",
  "Name",
  "RoutingKey",
  "ETA",
  "GroupUUID",
  "GroupTaskCount",
  "Headers",
  "Immutable",
  "RetryCount",
  "RetryTimeout",
  "OnSuccess",
  "OnError",
  "ChordCallback",
] as const satisfies readonly (keyof WireSignature)[];

/** How Go and this library begin a message, and at which length both have ended. */
const beginning = /^\{"UUID":"[^"\\]*","Name":"([^"\\]*)"/;
const BEGINNING = 512;

/**
 * Parses a large message but for its arguments, which are skipped by a search for what follows them, so that it costs next to nothing;
 * `unreadArgs` stands in their place. What lies between may be no JSON value at all: whoever reads the message whole compares the two by
 * `checkReadWithoutArgs`. Throws nothing.
 *
 * @param isWanted whether a message for the task of that name is to be read so: asked of the name at its beginning, if it has one
 * there, to spare the others even this
 * @returns `undefined` for a message that is not large, or not laid out as Go and this library do: it is to be read whole
 */
export function readWithoutArgs(
  bytes: Uint8Array,
  limits: MessageLimits,
  isWanted: (name: string) => boolean = () => true,
): MessageObject | undefined {
  if (bytes.length < LARGE || bytes.length > limits.maxBytes) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = beginning.exec(buffer.toString("utf8", 0, BEGINNING))?.[1];
  if (name !== undefined && !isWanted(name)) return undefined;
  // Neither can stand inside a string, where a quote has a backslash before it.
  const argsAt = buffer.indexOf(BEFORE_ARGS);
  const endAt = argsAt === -1 ? -1 : findEnd(buffer, argsAt);
  if (endAt === -1) return undefined;
  const outer = Buffer.concat([buffer.subarray(0, argsAt + BEFORE_ARGS.length), place, buffer.subarray(endAt)]);
  try {
    const message = parseMessage(outer, limits);
    if (message.Args !== PLACE || !fields.every((field) => Object.hasOwn(message, field))) return undefined;
    return { ...message, Args: unreadArgs as never };
  } catch {
    // The whole tells what is wrong, and where.
    return undefined;
  }
}

function findEnd(buffer: Buffer, from: number): number {
  for (let at = buffer.indexOf(BEHIND_ARGS, from); at !== -1; at = buffer.indexOf(BEHIND_ARGS, at + 1)) {
    if (buffer[at - 1] === quote && buffer[at - 2] === comma) return at - 2;
  }
  return -1;
}

/**
 * Throws `ERR_MSG_JSON` where a message, read whole, is another one than `readWithoutArgs` took it for: one that hides a second set of
 * fields in the place of its arguments.
 */
export function checkReadWithoutArgs(message: MessageObject, bytes: Uint8Array, limits: MessageLimits): void {
  const outer = readWithoutArgs(bytes, limits);
  if (outer === undefined) return;
  for (const field of [...fields, "Priority"] as const) {
    const [seen, whole] = [outer[field], message[field]];
    if (seen === whole || (seen !== undefined && whole !== undefined && stringifyJson(seen) === stringifyJson(whole))) continue;
    throw new MachineryError("ERR_MSG_JSON", "the message names this field twice.", { at: `/${field}` });
  }
}
