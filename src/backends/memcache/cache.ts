import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Response } from "memjs";
import { MachineryError, preview } from "../../errors.js";
import type { Clock } from "../../util/clock.js";
import { type Address, Connection, type ConnectionOptions, type Request, urlOf } from "./connection.js";

/** An item as it was read. */
export interface Item {
  readonly value: string;
  /** Tells this item from any that takes its place. */
  readonly cas: Buffer;
}

/** A value that its server will never take. */
export class TooLarge extends MachineryError {
  constructor(address: Address, bytes: number, limit: number | undefined) {
    super("ERR_BACKEND", `the value has ${bytes} bytes, and the server takes at most ${limit ?? "1048576"}, its key included.`, {
      at: urlOf(address),
      hint: "Keep large data elsewhere and hand on where it is, or raise memcached's --max-item-size.",
    });
  }
}

const opcodes = { get: 0x00, set: 0x01, add: 0x02, delete: 0x04 };
const statuses = { ok: 0x00, unknown: 0x01, exists: 0x02, tooLarge: 0x03, notStored: 0x05, outOfMemory: 0x82 };
const longestKey = 250;
/** What memcached keeps with each item besides key and value. */
const itemOverhead = 64;
/** The longest time that memcached counts from now on; any longer one it takes for a date. */
const longestRelativeSeconds = 30 * 24 * 3600;
const latestDate = 2 ** 31 - 1;

/** Several servers as one store, each key on the server where Go's client looks for it. Values are text. */
export class Cache {
  readonly #addresses: readonly Address[];
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #connections: (Connection | undefined)[];
  /** The largest item that each server takes, where it tells. */
  readonly #limits: (number | undefined)[] = [];
  #closed = false;

  private constructor(addresses: readonly Address[], options: ConnectionOptions) {
    this.#addresses = addresses;
    this.#options = options;
    this.#clock = options.clock;
    this.#connections = addresses.map(() => undefined);
  }

  /** @throws MachineryError `ERR_BACKEND` where one of the servers does not answer */
  static async open(addresses: readonly Address[], options: ConnectionOptions): Promise<Cache> {
    const cache = new Cache(addresses, options);
    try {
      const settings = await Promise.all(addresses.map((_, i) => cache.#connection(i).settings()));
      for (const found of settings) cache.#limits.push(Number(found.get("item_size_max")) || undefined);
      return cache;
    } catch (error) {
      cache.close();
      throw error;
    }
  }

  /** Reads what may be asked for with any text: what is no key holds nothing. */
  async find(key: string): Promise<Item | undefined> {
    return keyRefusal(key) ? undefined : this.get(key);
  }

  /** `undefined` where there is none. */
  async get(key: string): Promise<Item | undefined> {
    const response = await this.#ask({ opcode: opcodes.get, key });
    if (response.header.status === statuses.unknown) return undefined;
    this.#mustBeOk(key, response);
    return { value: response.val.toString(), cas: response.header.cas };
  }

  /** Stores what is not there yet; `false` where something is: it may be ours, where an earlier answer was lost. */
  async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    return this.#store(opcodes.add, key, value, ttlMs);
  }

  /** Stores in the place of what was read, with `cas`; `false` where that is no longer there. */
  async replace(key: string, value: string, ttlMs: number, cas: Buffer): Promise<boolean> {
    return this.#store(opcodes.set, key, value, ttlMs, cas);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#store(opcodes.set, key, value, ttlMs);
  }

  /** Deletes what is there, or only what was read with `cas`; `false` where that is no longer there. */
  async delete(key: string, cas?: Buffer): Promise<boolean> {
    const response = await this.#ask({ opcode: opcodes.delete, key, ...(cas && { cas }) });
    const { status } = response.header;
    if (status === statuses.unknown || status === statuses.exists) return false;
    this.#mustBeOk(key, response);
    return true;
  }

  /** Why a value can never be stored under a key; `undefined` where it can, as far as is known. */
  refusal(key: string, value: string): MachineryError | undefined {
    const wrong = keyRefusal(key);
    if (wrong) return wrong;
    const at = this.#indexOf(key);
    const limit = this.#limits[at];
    if (limit === undefined || value.length * 3 + longestKey + itemOverhead <= limit) return undefined;
    const bytes = Buffer.byteLength(value);
    return bytes + Buffer.byteLength(key) + itemOverhead <= limit ? undefined : new TooLarge(this.#addresses[at]!, bytes, limit);
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections) connection?.break(closedBefore());
  }

  /** A value that is too large is not even offered: memcached would delete the one before it. */
  async #store(opcode: number, key: string, value: string, ttlMs: number, cas?: Buffer): Promise<boolean> {
    const refusal = this.refusal(key, value);
    if (refusal) throw refusal;
    const extras = Buffer.alloc(8);
    extras.writeUInt32BE(expiry(ttlMs, this.#clock.now()), 4);
    const response = await this.#ask({ opcode, key, extras, value, ...(cas && { cas }) });
    const { status } = response.header;
    if (status === statuses.exists || status === statuses.unknown || status === statuses.notStored) return false;
    if (status === statuses.tooLarge) {
      const at = this.#indexOf(key);
      throw new TooLarge(this.#addresses[at]!, Buffer.byteLength(value), this.#limits[at]);
    }
    this.#mustBeOk(key, response);
    return true;
  }

  async #ask(request: Request): Promise<Response> {
    const wrong = keyRefusal(request.key);
    if (wrong) throw wrong;
    return this.#connection(this.#indexOf(request.key)).request(request);
  }

  /** gomemcache's choice. */
  #indexOf(key: string): number {
    const servers = this.#addresses.length;
    return servers === 1 ? 0 : crc32(key) % servers;
  }

  /** A broken one is not mended but replaced: memjs confuses an old socket's end with that of its successor. */
  #connection(index: number): Connection {
    if (this.#closed) throw closedBefore();
    const connection = this.#connections[index];
    if (connection && !connection.broken) return connection;
    const fresh = new Connection(this.#addresses[index]!, this.#options);
    this.#connections[index] = fresh;
    return fresh;
  }

  #mustBeOk(key: string, { header: { status }, val }: Response): void {
    if (status === statuses.ok) return;
    const hint = status === statuses.outOfMemory ? "It was started with -M, so that it evicts nothing and is full." : undefined;
    throw new MachineryError("ERR_BACKEND", `the server refused: ${val.toString().slice(0, 80)} (status ${status}).`, {
      at: urlOf(this.#addresses[this.#indexOf(key)]!),
      ...(hint && { hint }),
    });
  }
}

/** What the adapter keeps about an id besides the record itself. */
export function keyAbout(id: string, what: string): string {
  const key = `${id}:p:${what}`;
  return Buffer.byteLength(key) <= longestKey ? key : `p:${hash("sha256", key)}`;
}

/** By the rule of memcached's text protocol, which Go's client speaks; the server drops the connection over a key that is longer. */
function keyRefusal(key: string): MachineryError | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (key !== "" && !/[\x00-\x20\x7f]/.test(key) && (key.length * 3 <= longestKey || Buffer.byteLength(key) <= longestKey)) {
    return undefined;
  }
  return new MachineryError(
    "ERR_BACKEND",
    `${preview(key)} is no key for memcached: it has 1 to ${longestKey} bytes, without spaces or control characters.`,
  );
}

/**
 * When an item is to go. Seconds from now where memcached can count them, so that clocks which differ do no harm, and one more, since
 * it counts whole ones by a clock of its own; beyond 30 days a date, which memcached would make of the number anyway: one in 1970.
 */
function expiry(ttlMs: number, now: number): number {
  const seconds = Math.ceil(ttlMs / 1000) + 1;
  if (seconds <= longestRelativeSeconds) return Math.max(seconds, 1);
  return Math.min(Math.ceil(now / 1000) + seconds, latestDate);
}

function closedBefore(): MachineryError {
  return new MachineryError("ERR_CLOSED", "The Memcached backend was closed before.");
}
