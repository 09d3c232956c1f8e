import { ReplyError } from "ioredis";
import { type ErrorCode, MachineryError } from "../errors.js";
import { redactText } from "../util/redact.js";
import { tlsFailure } from "../util/tls-failure.js";

/** Under which code a user of the link is told of failures. */
export type FailureCode = Extract<ErrorCode, "ERR_BROKER" | "ERR_BACKEND">;

const LONGEST_TEXT = 200;

/** What to do about what a server says, by the first word of it. */
const hints: ReadonlyMap<string, string> = new Map([
  ["NOAUTH", "Put the password into the URL: redis://:password@host."],
  [
    "WRONGPASS",
    "Check the user name and the password in the URL; in a URL write / as %2F, # as %23, ? as %3F, @ as %40 and % as %25.",
  ],
  ["NOPERM", "Give the user of this connection the right to do that (ACL SETUSER)."],
  ["OOM", "Redis has reached its maxmemory: let workers drain the queues, or raise it."],
  ["READONLY", "This server is a replica. Name the master, or the sentinels together with redis.masterName."],
  ["MISCONF", "Redis cannot write its snapshots, and takes no writes until it can: look at its log."],
  ["WRONGTYPE", "Something else uses this name in the same database. Use another queue name or database, or delete the key."],
  ["CLUSTERDOWN", "Some of the cluster's slots are served by nobody."],
  ["CROSSSLOT", "This server is part of a cluster: set redis.clusterMode, or name several of its hosts."],
  ["MOVED", "This server is part of a cluster: set redis.clusterMode, or name several of its hosts."],
]);

/** Whether the server itself has refused the command, so that for certain it was not carried out (a script: not to its end). */
export const isRefusal = (error: unknown): error is Error => error instanceof ReplyError;

/** The first word of what a server says of an error: `WRONGTYPE`, `OOM`; `""` if it is no server's. */
export const errorWord = (error: unknown): string =>
  isRefusal(error) ? (/^[A-Z]+(?=\s)|(?<=^-?)[A-Z]+(?=\s)/.exec(error.message)?.[0] ?? "") : "";

/** An error of a server, for users. Without its cause: that carries the command, with payloads and passwords. */
export function refusal(error: Error, code: FailureCode, place: string): MachineryError {
  const hint = /DB index is out of range|invalid DB index/i.test(error.message)
    ? "The server has fewer databases: change the number at the end of the URL, or `databases` in its configuration."
    : hints.get(errorWord(error));
  return new MachineryError(code, `Redis at ${place} refused: ${sayShortly(error)}`, hint === undefined ? {} : { hint });
}

/** The same of an error that a script was given by a command, and answered as text. */
export const refusalInScript = (text: string, code: FailureCode, place: string): MachineryError =>
  refusal(new ReplyError(text), code, place);

/** There was no connection, so that nothing was sent. */
export function unreachable(error: unknown, code: FailureCode, place: string): MachineryError {
  if (isRefusal(error)) return refusal(error, code, place);
  const tls = tlsFailure(origin(error));
  if (tls !== undefined) return new MachineryError(code, `Redis at ${place} cannot be reached: ${tls.what}`, { hint: tls.hint });
  return new MachineryError(code, `Redis at ${place} cannot be reached: ${sayShortly(error)}`);
}

/** The connection broke, or the server kept silent, before the answer to what was sent. */
export function ambiguity(place: string): MachineryError {
  return new MachineryError("ERR_AMBIGUOUS", `the connection to Redis at ${place} broke before the answer.`);
}

/** Of an error that stands for others, the first one. */
function origin(error: unknown): unknown {
  if (error instanceof AggregateError && error.message === "" && error.errors.length > 0) return origin(error.errors[0]);
  const { lastNodeError } = error as { lastNodeError?: unknown };
  return lastNodeError instanceof Error ? origin(lastNodeError) : error;
}

function sayShortly(failed: unknown): string {
  const error = origin(failed);
  const [said] = String(error instanceof Error ? error.message : error).split(", with args beginning with", 1);
  const text = redactText(said!.replace(/ script: .*$/s, "")).trim();
  const short = text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}...`;
  return /[.!?]$/.test(short) ? short : `${short}.`;
}
