/**
 * Every code that the runtime's errors carry, with what it means. A code is stable: programs may match on it, messages may
 * change. REFERENCE.md has the table, and a test holds it against this one.
 */
export const errorCodes = {
  // A message that was taken from a queue
  ERR_MSG_SIZE: "The message is larger than the limit; it was not parsed.",
  ERR_MSG_UTF8: "The message is not valid UTF-8.",
  ERR_MSG_JSON: "The message is not valid JSON.",
  ERR_MSG_DEPTH: "The message nests deeper than the limit.",
  ERR_MSG_VALUES: "The message holds more values than the limit.",
  ERR_MSG_DUP_KEY: "The message names the same key twice in one object (with the setting `uniqueKeys`).",
  ERR_MSG_NOT_OBJECT: "The message is JSON, but not an object.",
  // Its envelope: Machinery's Signature
  ERR_SIG_FIELD: "A field of the signature is missing or empty.",
  ERR_SIG_TYPE: "A field of the signature has another type than Machinery's.",
  ERR_SIG_CHARS: "A field of the signature holds characters that no broker or backend could take as a key.",
  ERR_SIG_RESERVED: "A field of the signature collides with a key that Machinery or this library uses itself.",
  ERR_SIG_RANGE: "A number of the signature is out of its range.",
  ERR_SIG_LIMIT: "The signature has more callbacks, deeper ones, more arguments or a longer field than the limit.",
  ERR_SIG_CYCLE: "The signature leads back to itself.",
  // Arguments and results
  ERR_ARG_COUNT: "The task got too few or too many arguments.",
  ERR_ARG_TYPE: "An argument's type is not the one that the contract declares.",
  ERR_ARG_VALUE: "An argument's value does not fit its type.",
  ERR_ARG_RANGE: "A number is out of the range of its type.",
  ERR_ARG_KEY: "An object has a key that could reach a prototype.",
  ERR_ARG_DEPTH: "An argument nests deeper than the limit.",
  ERR_RESULT_COUNT: "The task returned too few or too many results.",
  ERR_RESULT_TYPE: "A result's type is not the one that the contract declares.",
  ERR_RESULT_VALUE: "A result's value does not fit its type.",
  ERR_RESULT_RANGE: "A number in a result is out of the range of its type.",
  ERR_RESULT_DEPTH: "A result nests deeper than the limit.",
  // Tasks
  ERR_TASK_UNKNOWN: "No handler is registered under this task name.",
  ERR_TASK_FAILED: "The task ran and failed; the message is the task's own.",
  ERR_TASK_CRASHED: "The process that ran the task died too many times.",
  ERR_THREAD_DIED: "The thread that ran the task has ended before the task had.",
  ERR_TASK_TIMEOUT: "The task ran longer than its time-out.",
  ERR_TASK_CANCELLED: "The task was cancelled, before it ran or while it did.",
  ERR_CLAIM_LOST: "The worker lost its claim on the task's message; another may be running it.",
  ERR_WORKER_STOPPED: "The worker stopped before the task had finished; its message went back.",
  ERR_HANDLER_MISSING: "A task of the contract has no handler.",
  ERR_MIGRATION: "A migration of an older version's arguments threw, or gave arguments that the task does not take.",
  ERR_CONTRACT_SKEW: "The sender has another version of the task's contract, and this worker does not take what it sent.",
  ERR_SIGNATURE_INCOMPLETE: "A signature still lacks arguments, and nothing before it gives them.",
  ERR_WORKFLOW: "A group, chord or chain is put together in a way that cannot run.",
  ERR_NO_CONTEXT: "The task context was asked for where no task is running.",
  // Waiting and states
  ERR_STATE_CORRUPT: "What the result backend holds under this id is not a task state.",
  ERR_STATE_UNKNOWN: "The result backend holds nothing under this id.",
  ERR_TIMEOUT: "The result did not come within the time allowed.",
  ERR_ABORTED: "The caller's signal was aborted.",
  ERR_DRAIN: "A test's `drain` came upon tasks that failed, that no handler is there for, or that do not end.",
  // Brokers and backends
  ERR_AMBIGUOUS: "The connection broke before the answer: the message may or may not be in the queue. Sending it again is safe.",
  ERR_BROKER: "The broker refused or failed.",
  ERR_BROKER_BLOCKED: "RabbitMQ takes no messages now, being short of memory or disk.",
  ERR_UNROUTABLE: "RabbitMQ has no queue for the message.",
  ERR_BACKEND: "The result backend refused or failed.",
  ERR_UNSUPPORTED: "This broker or backend cannot do that; its capabilities say so.",
  ERR_CLOSED: "The object was closed before.",
  ERR_QUEUE_NAME: "The queue's name cannot be used on this broker.",
  ERR_STORE: "The embedded store's folder cannot be used.",
  // Configuration
  ERR_CONFIG: "The configuration is not valid.",
  ERR_CONFIG_READ: "The configuration file cannot be read.",
  ERR_PROJECT: "The project's generated code or its handlers cannot be found or loaded, or one of its files is in the way.",
  ERR_URL: "A URL cannot be understood.",
  ERR_URL_SCHEME: "No broker or result backend serves this URL scheme.",
  ERR_URL_PORT: "A URL's port is out of range.",
  ERR_URL_OPTION: "An option in a URL is unknown or has no valid value.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorDetails {
  /** Where: a JSON pointer into a message (`/Args/0/Value`), an argument's name (`terms[3]`), a configuration key. */
  readonly at?: string;
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of the library. Its message reads `[CODE] at: what was wrong. What to do.`; secrets never stand in it, and
 * of a user's value at most 80 characters.
 */
export class MachineryError extends Error {
  override readonly name: string = "MachineryError";
  readonly code: ErrorCode;
  readonly at: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, what: string, details: ErrorDetails = {}) {
    const { at, hint, cause } = details;
    const place = at === undefined ? "" : `${at.length <= 160 ? at : `${at.slice(0, 80)}…${at.slice(-79)}`}: `;
    super(`[${code}] ${place}${what}${hint === undefined ? "" : ` ${hint}`}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.at = at;
    this.hint = hint;
  }
}

/** A task that ended in FAILURE, seen by who waits for it: `taskMessage` is the task's own error text. */
export class TaskError extends MachineryError {
  override readonly name = "TaskError";

  constructor(
    readonly uuid: string,
    readonly taskName: string,
    readonly taskMessage: string,
  ) {
    super("ERR_TASK_FAILED", taskMessage, { at: `${taskName} (${uuid})` });
  }
}

/** A value for an error message: its JSON or its type, 80 characters at most. */
export function preview(value: unknown): string {
  let text: string;
  if (typeof value === "bigint") text = `${value}n`;
  else if (typeof value === "function") text = "a function";
  else if (value instanceof Uint8Array) text = `${value.byteLength} bytes`;
  else {
    try {
      text = JSON.stringify(value) ?? String(value);
    } catch {
      text = Object.prototype.toString.call(value);
    }
  }
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
