import { header, readAttempt, readErrors, withoutBrokerHeaders } from "../wire/headers.js";
import { type JsonValue, stringifyJson } from "../wire/json.js";
import type { WireSignature } from "../wire/signature.js";
import { dueMs, rfc3339 } from "../wire/time.js";
import type { FollowMessage } from "./steps.js";

/** A handler throws it to be run again after a delay, whatever the task's retries; RetryCount stays as it is. */
export class RetryLater extends Error {
  override readonly name = "RetryLater";

  /** @param delayMs how long to wait, milliseconds (0 or more) */
  constructor(
    readonly delayMs: number,
    message = `to be tried again in ${delayMs} ms`,
    options?: ErrorOptions,
  ) {
    super(message, options);
    if (!(delayMs >= 0 && delayMs <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`RetryLater takes milliseconds, 0 or more, not ${delayMs}.`);
    }
  }
}

/** A handler throws it to fail for good, whatever retries are left. */
export class Fatal extends Error {
  override readonly name = "Fatal";
}

/** How a failed attempt is to be followed by another: as `RetryLater` and `Fatal` ask, or by the signature's own RetryCount. */
export type Wish = { readonly kind: "later"; readonly delayMs: number } | { readonly kind: "never" } | undefined;

/** What an error that a handler threw asks for. By name, so that one from another copy of this package, or a thread, counts. */
export function wishOf(error: unknown): Wish {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "Fatal") return { kind: "never" };
  const { delayMs } = error as { delayMs?: unknown };
  return error.name === "RetryLater" && typeof delayMs === "number" && delayMs >= 0 ? { kind: "later", delayMs } : undefined;
}

/** How many errors of earlier attempts a message carries, and how much of each. */
const ERRORS_KEPT = 10;
const ERROR_LENGTH = 200;

/** Seconds: what the wire's RetryTimeout may be at most. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/**
 * The message of a failed task's next attempt, or `undefined` if there is none. Machinery's rule (`worker.taskRetry`): RetryCount
 * falls by one, RetryTimeout becomes the next number of Fibonacci above it, and that many seconds later the same task is due. One
 * that asked for a delay (`worker.retryTaskIn`) gets it, and both numbers stay.
 *
 * @param error the text of this attempt's error
 * @param now milliseconds since the epoch
 * @param queue for a signature that names none
 */
export function nextAttempt(
  signature: WireSignature,
  error: string,
  wish: Wish,
  { now, queue }: { readonly now: number; readonly queue: string },
): FollowMessage | undefined {
  if (wish?.kind === "never" || (wish === undefined && !(signature.RetryCount > 0))) return undefined;
  const timeout = wish ? signature.RetryTimeout : Math.min(fibonacciAbove(signature.RetryTimeout ?? 0), LONGEST_TIMEOUT);
  const errors: JsonValue = [...readErrors(signature.Headers), error.slice(0, ERROR_LENGTH)].slice(-ERRORS_KEPT);
  const next: WireSignature = {
    ...signature,
    RoutingKey: signature.RoutingKey || queue,
    ETA: rfc3339(now + (wish ? wish.delayMs : timeout * 1000)),
    Headers: {
      ...withoutBrokerHeaders(signature.Headers),
      [header.attempt]: `${readAttempt(signature.Headers) + 1}`,
      [header.errors]: errors,
    },
    ...(wish === undefined && { RetryCount: signature.RetryCount - 1, RetryTimeout: timeout }),
  };
  return {
    id: next.UUID,
    queue: next.RoutingKey,
    json: stringifyJson(next as never),
    signature: next,
    notBefore: dueMs(next.ETA),
    priority: next.Priority ?? 0,
  };
}

/** The least Fibonacci number (1, 1, 2, 3, 5…) above a number. */
export function fibonacciAbove(number: number): number {
  let [a, b] = [1, 1];
  while (a <= number) [a, b] = [b, a + b];
  return a;
}
