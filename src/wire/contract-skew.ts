import { MachineryError, preview } from "../errors.js";
import { readContractHash } from "./headers.js";
import type { JsonValue } from "./json-value.js";

/** What a worker knows its task by. */
interface Known {
  readonly name: string;
  /** Empty where no contract knows the task. */
  readonly hash: string;
  readonly formerHashes?: readonly string[];
}

/**
 * The hash of the contract that a message was made with, where it is another than the worker's; `undefined` where it is the same, and
 * where one of the two names none, as in messages of Go senders.
 *
 * @param message not validated yet
 */
export function strangeContract({ hash, formerHashes }: Known, message: { readonly Headers?: JsonValue }): string | undefined {
  const sent = readContractHash(message.Headers as never);
  return sent === undefined || sent === hash || hash === "" || formerHashes?.includes(sent) ? undefined : sent;
}

/** Why a message is not taken; where it was made with another version of the contract, with that as the reason. */
export function withSkew(error: unknown, known: Known, message: { readonly Headers?: JsonValue }): unknown {
  const sent = strangeContract(known, message);
  if (sent === undefined || !(error instanceof MachineryError) || error.code === "ERR_MIGRATION") return error;
  return new MachineryError(
    "ERR_CONTRACT_SKEW",
    `the sender has version ${preview(sent)} of "${known.name}", this worker ${known.hash}, which does not take it: ${error.message}`,
    {
      ...(error.at !== undefined && { at: error.at }),
      hint: "Run a worker of the sender's contract; or declare that version in this one, with a migration.",
      cause: error,
    },
  );
}
