import { MachineryError } from "../errors.js";
import { readDigits, withoutBrokerHeaders } from "../wire/headers.js";
import { encodeWireSignature, type WireSignature } from "../wire/signature.js";

export interface UnknownTaskPolicy {
  /**
   * The first pause before the message is offered again, in milliseconds; it doubles each time. A pause is up to a fifth shorter, by
   * chance, and for that at least ten times the broker's `delayResolutionMs`: a second on RabbitMQ. Default 1,000.
   */
  readonly firstDelayMs?: number;
  /** The longest pause, in milliseconds. Default 30,000. */
  readonly maxDelayMs?: number;
  /** After how long the message is given up (dead letter, state FAILURE), in milliseconds. Default 24 h. */
  readonly giveUpAfterMs?: number;
}

/** Where the message carries how often and since when nobody knew it. */
const COUNT_HEADER = "x-machinery-unknown-count";
const SINCE_HEADER = "x-machinery-unknown-since";

export interface Jitter {
  /** 0 or more, below 1: how much of a fifth of the pause is left out. */
  readonly chance: number;
  /** The finest delay that the broker can tell apart, in milliseconds. A fifth is to be two of them: within one, all pauses may be rounded alike. */
  readonly stepMs: number;
}

export type UnknownTaskVerdict =
  | { readonly giveUp: false; readonly until: number; readonly body: Uint8Array }
  | { readonly giveUp: true; readonly error: MachineryError };

/**
 * A task that no handler here knows is offered again, later and later, since a deploy of the worker that knows it may take a while.
 * (Go Machinery puts it back at once, and spins.) Brokers serve workers in turn: messages that came again in step would meet the same
 * ones for ever.
 *
 * @param maxBytes what a message may have at most: one that the headers make larger is given up
 * @param jitter what makes pauses differ
 */
export function holdUnknownTask(
  signature: WireSignature,
  now: number,
  { firstDelayMs = 1000, maxDelayMs = 30_000, giveUpAfterMs = 24 * 3600 * 1000 }: UnknownTaskPolicy = {},
  maxBytes = Number.POSITIVE_INFINITY,
  { chance, stepMs }: Jitter = { chance: 0, stepMs: 1 },
): UnknownTaskVerdict {
  const count = readDigits(signature.Headers, COUNT_HEADER) ?? 0;
  const since = Math.min(readDigits(signature.Headers, SINCE_HEADER) ?? now, now);
  const pauseMs = Math.max(Math.min(firstDelayMs * 2 ** Math.min(count, 30), maxDelayMs), 10 * stepMs);
  const until = now + Math.round(pauseMs * (1 - chance / 5));
  const Headers = { ...withoutBrokerHeaders(signature.Headers), [COUNT_HEADER]: `${count + 1}`, [SINCE_HEADER]: `${since}` };
  const body = Buffer.from(encodeWireSignature({ ...signature, Headers }));
  if (now - since < giveUpAfterMs && body.byteLength <= maxBytes) return { giveUp: false, until, body };
  return {
    giveUp: true,
    error: new MachineryError("ERR_TASK_UNKNOWN", `no worker knew this task for ${Math.round((now - since) / 1000)} s.`, {
      at: signature.Name,
      hint: "Start a worker whose contract has it, then send it again or redrive the dead letter.",
    }),
  };
}
