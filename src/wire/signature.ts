import { stringifyJson } from "./json.js";
import type { JsonValue } from "./json-value.js";
import { quoted } from "./quoted.js";

/** One argument or result on the wire. */
export interface WireArg {
  /** Go ignores it; senders leave it empty. */
  readonly Name?: string;
  readonly Type: string;
  /** As exactly parsed: integers beyond 2^53 are bigint. */
  readonly Value: JsonValue;
}

/** Machinery's Signature as it travels: field order and spelling are Go's. */
export interface WireSignature {
  readonly UUID: string;
  readonly Name: string;
  readonly RoutingKey: string;
  /** RFC 3339 with up to nanoseconds, or null. */
  readonly ETA: string | null;
  readonly GroupUUID: string;
  readonly GroupTaskCount: number;
  readonly Args: readonly WireArg[] | null;
  readonly Headers: { readonly [key: string]: JsonValue } | null;
  /** 0 (lowest) to 255. Absent in messages of Machinery before 1.7. */
  readonly Priority?: number;
  readonly Immutable: boolean;
  readonly RetryCount: number;
  /** Seconds. */
  readonly RetryTimeout: number;
  readonly OnSuccess: readonly WireSignature[] | null;
  readonly OnError: readonly WireSignature[] | null;
  readonly ChordCallback: WireSignature | null;
}

/** The fields that `encodeWireSignature` writes in Go's order; what else a message held comes after them. */
const ordered: ReadonlySet<string> = new Set([
  "UUID",
  "Name",
  "RoutingKey",
  "ETA",
  "GroupUUID",
  "GroupTaskCount",
  "Args",
  "Headers",
  "Priority",
  "Immutable",
  "RetryCount",
  "RetryTimeout",
  "OnSuccess",
  "OnError",
  "ChordCallback",
] satisfies (keyof WireSignature)[]);

/** The fields of a message that are none of Machinery's: kept, but nobody here knows what they ask for. */
export function strangeFields(message: object): string[] {
  return Object.keys(message).filter((name) => !ordered.has(name));
}

/** The message as JSON: the fields in Go's order, every digit kept, fields that this library does not know kept as well. */
export function encodeWireSignature(signature: WireSignature): string {
  const s = signature;
  let text =
    `{"UUID":${quoted(s.UUID)},"Name":${quoted(s.Name)},"RoutingKey":${quoted(s.RoutingKey)}` +
    `,"ETA":${s.ETA === null ? "null" : quoted(s.ETA)}` +
    `,"GroupUUID":${quoted(s.GroupUUID)},"GroupTaskCount":${s.GroupTaskCount}` +
    `,"Args":${s.Args === null ? "null" : stringifyJson(s.Args as unknown as JsonValue)}` +
    `,"Headers":${s.Headers === null ? "null" : stringifyJson(s.Headers)}` +
    (s.Priority === undefined ? "" : `,"Priority":${s.Priority}`) +
    `,"Immutable":${s.Immutable},"RetryCount":${s.RetryCount},"RetryTimeout":${s.RetryTimeout}` +
    `,"OnSuccess":${encodeList(s.OnSuccess)},"OnError":${encodeList(s.OnError)}` +
    `,"ChordCallback":${s.ChordCallback === null ? "null" : encodeWireSignature(s.ChordCallback)}`;
  for (const [name, value] of Object.entries(s)) {
    if (!ordered.has(name) && value !== undefined) text += `,${quoted(name)}:${stringifyJson(value as JsonValue)}`;
  }
  return `${text}}`;
}

function encodeList(signatures: readonly WireSignature[] | null): string {
  return signatures === null ? "null" : `[${signatures.map(encodeWireSignature).join()}]`;
}
