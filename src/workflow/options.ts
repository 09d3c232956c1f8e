import { MachineryError, preview } from "../errors.js";
import { checkId, checkQueue } from "../wire/envelope.js";
import type { JsonValue } from "../wire/json.js";
import { LATEST_MS } from "../wire/time.js";

/** How one call of a task is to be sent, but for what follows it. Everything is optional. */
export interface SendOptions {
  /** Not before this time, in the years 1970 to 9999. Default: at once. Excludes `delayMs`. */
  readonly eta?: Date;
  /**
   * Not before this many milliseconds (0 or more) after it is sent; for a task that follows another one, after that one has ended
   * (where a Go worker ran it: after the workflow was sent). Excludes `eta`.
   */
  readonly delayMs?: number;
  /** Default: the task's `policy.queue`, else the default queue of the server that sends it. */
  readonly queue?: string;
  /**
   * Machinery's RetryCount (how often it may fail and be tried again, 0 to 1,000) and RetryTimeout (seconds, 0 to 2^31-1; each
   * wait is the next Fibonacci number above the last one). Default: the task's policy, else no retry.
   */
  readonly retry?: { readonly count: number; readonly timeoutSeconds?: number };
  /** Travel with the message. Names that begin with `x-machinery-` are the library's. */
  readonly headers?: { readonly [name: string]: JsonValue };
  /** The task's id, in place of a random one: 1 to 200 of `A-Z a-z 0-9 . _ : -`. */
  readonly uuid?: string;
  /** `true`: its results are not passed on; as a chord's callback, the members' results are not passed to it. Default `false`. */
  readonly immutable?: boolean;
  /** 0 (lowest, the default) to 255. Brokers without priorities ignore it. */
  readonly priority?: number;
}

/** Machinery counts retries in a Go `int`; a thousand of them is far beyond any use, and so are Fibonacci's numbers by then. */
const MOST_RETRIES = 1_000;

const id = /^[A-Za-z0-9._:-]{1,200}$/;

/** What is wrong with an option's value; nothing, if it can be sent. */
type Check = (value: unknown) => string | undefined;

const checks: { readonly [Key in keyof Required<SendOptions>]: Check } = {
  eta: (value) =>
    value instanceof Date && value.getTime() >= 0 && value.getTime() <= LATEST_MS ? undefined : "not a Date from 1970 to 9999",
  delayMs: (value) => (isWhole(value, Number.MAX_SAFE_INTEGER) ? undefined : "not a whole number of milliseconds, 0 or more"),
  queue: (value) =>
    typeof value === "string" && value !== "" && value.length <= 255 ? undefined : "not a name of 1 to 255 characters",
  retry: (value) => {
    const { count, timeoutSeconds = 0 } = (value ?? {}) as { count?: unknown; timeoutSeconds?: unknown };
    if (!isWhole(count, MOST_RETRIES)) return `without a count from 0 to ${MOST_RETRIES}`;
    return isWhole(timeoutSeconds, 2 ** 31 - 1) ? undefined : "without whole timeoutSeconds from 0 to 2,147,483,647";
  },
  headers: (value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "not an object"),
  uuid: (value) => (typeof value === "string" && id.test(value) ? undefined : "not 1 to 200 characters out of A-Z a-z 0-9 . _ : -"),
  immutable: (value) => (typeof value === "boolean" ? undefined : "not a boolean"),
  priority: (value) => (isWhole(value, 255) ? undefined : "not a whole number from 0 to 255"),
};

function isWhole(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/**
 * Throws `ERR_SIG_CHARS`, `ERR_SIG_RANGE`, `ERR_SIG_RESERVED` or `ERR_SIG_TYPE` where an option cannot be sent or does not exist.
 *
 * @param what whose options these are, for the error
 */
export function checkSendOptions(what: string, options: SendOptions): void {
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, key) ? checks[key as keyof SendOptions] : undefined;
    if (check === undefined) {
      throw new MachineryError("ERR_SIG_TYPE", `${what} has no option "${key}".`, {
        hint: `Its options are ${Object.keys(checks).join(", ")}, onSuccess, onError.`,
      });
    }
    const wrong = value === undefined ? undefined : check(value);
    if (wrong === undefined) continue;
    const code = typeof value === "number" ? "ERR_SIG_RANGE" : typeof value === "string" ? "ERR_SIG_CHARS" : "ERR_SIG_TYPE";
    throw new MachineryError(code, `${what}: ${preview(value)} is ${wrong}.`, { at: key });
  }
  if (options.uuid !== undefined) checkId(options.uuid, "uuid");
  if (options.queue !== undefined) checkQueue(options.queue, "queue");
  if (options.eta !== undefined && options.delayMs !== undefined) {
    throw new MachineryError("ERR_SIG_TYPE", `${what}: eta and delayMs exclude each other.`, { at: "delayMs" });
  }
}
