import type { JsonValue } from "./json.js";

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
  readonly Priority?: number;
  readonly Immutable: boolean;
  readonly RetryCount: number;
  /** Seconds. */
  readonly RetryTimeout: number;
  readonly OnSuccess: readonly WireSignature[] | null;
  readonly OnError: readonly WireSignature[] | null;
  readonly ChordCallback: WireSignature | null;
}
