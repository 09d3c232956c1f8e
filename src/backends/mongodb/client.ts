import { type Db, MongoClient, type MongoClientOptions } from "mongodb";
import { MachineryError } from "../../errors.js";
import type { Clock } from "../../util/clock.js";
import { Pulse } from "./pulse.js";

/** How to reach a database. */
export interface ClientOptions {
  /** Without user name and password. */
  readonly url: string;
  /** Empty where there is no login; so is the password. */
  readonly username: string;
  readonly password: string;
  readonly database: string;
  readonly client: MongoClientOptions;
  readonly clock: Clock;
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

interface Driver {
  readonly client: MongoClient;
  readonly db: Db;
  readonly pulse: Pulse;
}

/** The driver's client of one database, and another one in its place where it has stopped to look for its server. */
export class Client {
  readonly #options: ClientOptions;
  #driver: Driver;

  /** @throws MachineryError `ERR_URL_OPTION` for what the driver does not take */
  constructor(options: ClientOptions) {
    this.#options = options;
    this.#driver = this.#open();
  }

  get db(): Db {
    return this.#driver.db;
  }

  get replicaSet(): string | undefined {
    return this.#driver.client.options.replicaSet;
  }

  /** To be called where no server was found. What waits in a client that is given up fails, and may be tried again. */
  revive(): void {
    const { client, pulse } = this.#driver;
    if (!pulse.isStuck) return;
    this.#driver = this.#open();
    void client.close().catch(() => {});
  }

  close(): Promise<void> {
    return this.#driver.client.close();
  }

  #open(): Driver {
    const { database, clock } = this.#options;
    const client = clientOf(this.#options);
    return { client, db: client.db(database), pulse: new Pulse(client, clock) };
  }
}

function clientOf({ url, database, username, password, client }: ClientOptions): MongoClient {
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
