import { MongoServerError, MongoServerSelectionError } from "mongodb";
import { MachineryError } from "../../errors.js";
import { redactText } from "../../util/redact.js";
import { tlsFailure } from "../../util/tls-failure.js";

const duplicateKey = 11_000;
const unauthorized = 13;
const authenticationFailed = 18;

/** Whether a document of that id is there already. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/** What the driver says, for the user. Its errors may hold the URL. */
export function failure(error: unknown, url: string, replicaSet: string | undefined): MachineryError {
  if (error instanceof MachineryError) return error;
  const { message, hint } = reason(error, replicaSet);
  const what = `the result backend failed: ${redactText(message)
    .slice(0, 400)
    .replace(/[.!]?\s*$/, "")}.`;
  return new MachineryError("ERR_BACKEND", what, { at: url, hint, cause: error });
}

function reason(error: unknown, replicaSet: string | undefined): { message: string; hint: string } {
  if (error instanceof MongoServerSelectionError) return unreachable(error, replicaSet);
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof MongoServerError ? error.code : undefined;
  if (code === unauthorized) return { message, hint: "Give the user the role readWrite on this database." };
  if (code === authenticationFailed) return { message, hint: "Check user name, password and authSource in its URL." };
  return { message, hint: "Nothing is lost: it can be tried again." };
}

/** The driver says how long it has looked; why it found none, it knows of each server. */
function unreachable(error: MongoServerSelectionError, replicaSet: string | undefined): { message: string; hint: string } {
  const { servers } = error.reason as unknown as { servers?: ReadonlyMap<string, Described> };
  for (const [address, { error: why }] of servers ?? []) {
    const tls = tlsFailure(why);
    if (tls !== undefined) return { message: `${address}: ${tls.what}`, hint: tls.hint };
  }
  const found = Array.from(servers ?? [], ([address, { error: why, setName }]) => {
    if (why) return `${address}: ${why.message}`;
    return `${address} ${setName ? `is of the replica set ${setName}` : "is of no replica set"}`;
  });
  const message = [error.message, ...found].join("; ");
  const hint =
    replicaSet === undefined
      ? "Is MongoDB running there?"
      : `The URL asks for the replica set ${replicaSet}: is it running there, under this name?`;
  return { message, hint };
}

interface Described {
  readonly error: Error | null;
  readonly setName: string | null;
}
