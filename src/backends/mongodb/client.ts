import { type Db, MongoClient, type MongoClientOptions } from "mongodb";
import { MachineryError } from "../../errors.js";
import type { Clock, Timer } from "../../util/clock.js";
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
  /** Ends the calls that are under way. */
  readonly calls: Set<(error: Error) => void>;
}

/** How often it is looked whether calls that are under way will ever end, in milliseconds. */
const lookMs = 1_000;

/** The driver's client of one database, and another one in its place where it waits for what will never come. */
export class Client {
  readonly #options: ClientOptions;
  #driver: Driver;
  #look: Timer | undefined;

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

  /** @throws Error where the client was given up meanwhile, and what the call throws */
  run<T>(call: () => Promise<T>): Promise<T> {
    const { calls } = this.#driver;
    return new Promise<T>((resolve, reject) => {
      calls.add(reject);
      this.#look ??= this.#options.clock.after(lookMs, () => this.#lookAfter());
      call()
        .finally(() => calls.delete(reject))
        .then(resolve, reject);
    });
  }

  #lookAfter(): void {
    this.#look = undefined;
    const { client, pulse, calls } = this.#driver;
    if (calls.size === 0) return;
    if (!pulse.isStuck) {
      this.#look = this.#options.clock.after(lookMs, () => this.#lookAfter());
      return;
    }
    this.#driver = this.#open();
    for (const end of calls) end(new Error("what was asked is never answered, and the connections are replaced"));
    void client.close().catch(() => {});
  }

  close(): Promise<void> {
    this.#look?.cancel();
    return this.#driver.client.close();
  }

  #open(): Driver {
    const { database, clock } = this.#options;
    const client = clientOf(this.#options);
    return { client, db: client.db(database), pulse: new Pulse(client, clock), calls: new Set() };
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
