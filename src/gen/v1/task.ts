import type { GoType } from "../../wire/go-types.js";
import type { WireArg } from "../../wire/signature.js";

/** Where and how a task runs, from the contract. Durations are in the unit that the name says. */
export interface TaskPolicy {
  /** `inline`: on the worker's event loop; `thread`: on its thread pool. Default `inline`. */
  readonly run?: "inline" | "thread";
  /** Default: the server's default queue. */
  readonly queue?: string;
  /** Machinery's RetryCount. Default 0. */
  readonly retryCount?: number;
  /** Machinery's RetryTimeout, whole seconds. Default 0. */
  readonly retryTimeoutSeconds?: number;
  readonly timeoutMs?: number;
  readonly resultTtlMs?: number;
  /** `go`, or `go v1.10.8` with the oldest version in use: workers of Go Machinery run the task. Default: those of this library. */
  readonly servedBy?: string;
}

/** What a validator of generated code says: `true`, or `false` with the first error on the function itself (AJV's convention). */
export interface Validator {
  (data: unknown): boolean;
  errors?: null | readonly ValidationError[];
}

export interface ValidationError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params: Record<string, unknown>;
  readonly schemaPath?: string;
}

/**
 * What flows between tasks of a workflow, for the compiler: a wire type, or `object Name` for a structured type of the contract
 * (on the wire a `string` that holds its JSON).
 */
export type FlowType = GoType | `object ${string}`;

/** An argument as the contract declares it, for whoever has text to make arguments of, such as the command line. */
export interface Parameter {
  readonly name: string;
  readonly type: FlowType;
}

/** What senders of an older version of a task send. */
export interface TaskVersion {
  /** What `TaskDefinition.hash` was then. */
  readonly hash: string;
  /** The same under each of the task's aliases. Default: none. */
  readonly formerHashes?: readonly string[];
  readonly validate: Validator;
  /** The arguments of that version out of a message that `validate` has passed. */
  decodeArgs(args: readonly WireArg[]): unknown[];
}

declare const types: unique symbol;

/**
 * One task of a contract as generated code declares it: the codec of its arguments and results. Senders, task builders and
 * dispatch tables are made of it.
 *
 * @typeParam Args the argument tuple of the TypeScript function
 * @typeParam Result what it returns: `void`, the value, or a tuple
 * @typeParam Takes what the arguments are, for workflows; a variadic one ends in a rest element
 * @typeParam Gives what the results are, for workflows
 */
export interface TaskDefinition<
  Args extends readonly unknown[] = readonly any[],
  Result = any,
  Takes extends readonly FlowType[] = readonly FlowType[],
  Gives extends readonly FlowType[] = readonly FlowType[],
> {
  readonly [types]?: { args: Args; result: Result; takes: Takes; gives: Gives };
  /** The name on the wire. */
  readonly name: string;
  /** Names on the wire that the task had before: workers take it by these, too. Default: none. */
  readonly aliases?: readonly string[];
  /** Of the task's part of the contract: 16 hexadecimal digits of its SHA-256. Travels in the headers. */
  readonly hash: string;
  /** What `hash` would be under each of the aliases: the same version by another name. Default: none. */
  readonly formerHashes?: readonly string[];
  readonly policy: TaskPolicy;
  /** The arguments; with `variadic`, the last one may come any number of times. Absent where no contract declares the task. */
  readonly parameters?: readonly Parameter[];
  /** The wire types of the arguments. */
  readonly takes: readonly GoType[];
  readonly variadic: boolean;
  readonly gives: readonly GoType[];
  /** The versions before this one that workers still take, oldest first. Absent: none. */
  readonly versions?: readonly TaskVersion[];
  /** AJV, standalone: the whole message, envelope and arguments. */
  readonly validate: Validator;
  /** The first `args.length` arguments as the inside of the JSON array `Args`; throws `MachineryError` on what does not fit. */
  encodeArgs(args: readonly unknown[]): string;
  /** The handler's arguments out of a message that `validate` has passed. */
  decodeArgs(args: readonly WireArg[]): unknown[];
  /** The handler's return value as the JSON array `Results`. */
  encodeResults(value: unknown): string;
  /** What `AsyncResult.get` resolves to, out of a state's results; checks types and counts. */
  decodeResults(results: readonly WireArg[]): unknown;
}
