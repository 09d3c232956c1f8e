import { MongoClient, type MongoClientOptions } from "mongodb";
import { MachineryError } from "../../errors.js";

/** How to reach a database. */
export interface ClientOptions {
  /** Without user name and password. */
  readonly url: string;
  /** Empty where there is no login; so is the password. */
  readonly username: string;
  readonly password: string;
  readonly database: string;
  readonly client: MongoClientOptions;
}

/** Where the driver would wait for ever, or for half a minute. The URL may say otherwise. */
const defaults = {
  appName: "machinery-ts",
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  waitQueueTimeoutMS: 5_000,
  socketTimeoutMS: 10_000,
  maxPoolSize: 10,
};

/** Hosts and database, and nothing that could be a secret. */
export function nameOf(url: string, database: string): string {
  return `${/^[^?]*\/\/[^/?]*/.exec(url)?.[0]}/${database}`;
}

/** @throws MachineryError `ERR_URL_OPTION` for what the driver does not take */
export function clientOf({ url, database, username, password, client }: ClientOptions): MongoClient {
  const given = new Set([...new URLSearchParams(url.split("?")[1] ?? "").keys()].map((name) => name.toLowerCase()));
  const missing = Object.fromEntries(Object.entries(defaults).filter(([name]) => !given.has(name.toLowerCase())));
  // A state that was confirmed is not to be lost with the server that confirmed it.
  const writeConcern = ["w", "journal", "j", "wtimeoutms"].some((name) => given.has(name))
    ? {}
    : { writeConcern: { w: "majority" as const, journal: true } };
  const auth = username === "" ? {} : { auth: { username, password } };
  try {
    return new MongoClient(url, { ...missing, ...writeConcern, ...auth, ...client });
  } catch (error) {
    // Without the value, which the driver shows whole.
    const what = (error as Error).message.replace(/,? got .*$/s, "").replace(/\.?$/, ".");
    throw new MachineryError("ERR_URL_OPTION", what, { at: nameOf(url, database) });
  }
}
