import { type Response, Server, Utils } from "memjs";
import { MachineryError } from "../../errors.js";
import type { Clock, Timer } from "../../util/clock.js";

export interface Address {
  readonly name: string;
  readonly port: number;
}

export interface ConnectionOptions {
  /** For servers that ask for a login (SASL); empty where they do not. */
  readonly username: string;
  readonly password: string;
  /** How long a server may be silent while something is asked of it, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** What is asked of a server: memcached's binary protocol. */
export interface Request {
  readonly opcode: number;
  readonly key: string;
  readonly extras?: Buffer;
  readonly value?: string;
  /** Only if the item is still the one that was read with this. */
  readonly cas?: Buffer;
}

const casOffset = 16;
const statOpcode = 0x10;
/** memjs's own time-outs cover no server that closes the connection: they are put off, to 23 days, and ours hold. */
const neverSeconds = 2_000_000;
/** memjs writes the number of a request as an unsigned integer of 32 bits, and lets it become negative. */
const highestSequence = 2 ** 30;

/**
 * One connection to one server, used until it breaks. It is memjs's, without what loses requests there: every request ends, with an
 * answer or an error, when the server closes the connection, or is silent for too long; nothing is sent twice; nothing is printed;
 * and the login is the URL's, whatever the environment holds for other programs.
 */
export class Connection {
  readonly #server: Server;
  readonly #url: string;
  readonly #options: ConnectionOptions;
  #broken = false;
  #sequence = 0;
  #outstanding = 0;
  #heardAt = 0;
  #alarm: Timer | undefined;

  constructor(address: Address, options: ConnectionOptions) {
    this.#url = urlOf(address);
    this.#options = options;
    this.#server = new Server(address.name, address.port, undefined, undefined, {
      timeout: neverSeconds,
      conntimeout: neverSeconds,
      keepAlive: true,
    });
    Object.assign(this.#server, { username: options.username, password: options.password });
    this.#server.sock(false, (socket) => {
      socket.once("close", () => this.break(new Error("the server closed the connection")));
    });
  }

  /** Nothing can be asked any more: another connection is due. */
  get broken(): boolean {
    return this.#broken;
  }

  /** @throws MachineryError `ERR_BACKEND`: the connection broke; what was asked for may have been done all the same */
  request({ opcode, key, extras, value = "", cas }: Request): Promise<Response> {
    const sequence = this.#next();
    const bytes = Utils.makeRequestBuffer(opcode, key, extras ?? "", value, sequence);
    cas?.copy(bytes, casOffset);
    return new Promise((resolve, reject) => this.#ask(sequence, bytes, true, resolve, reject));
  }

  /** The server's settings by name; none where it does not tell. */
  async settings(): Promise<ReadonlyMap<string, string>> {
    const sequence = this.#next();
    const bytes = Utils.makeRequestBuffer(statOpcode, "settings", "", "", sequence);
    const found = new Map<string, string>();
    await new Promise<void>((resolve, reject) => {
      const onResponse = ({ header, key, val }: Response): void => {
        if (header.status !== 0 || header.totalBodyLength === 0) {
          this.#answered();
          resolve();
        } else found.set(key.toString(), val.toString());
      };
      // To memjs: an answer of several parts.
      this.#ask(sequence, bytes, false, Object.assign(onResponse, { quiet: true }), reject);
    });
    return found;
  }

  /** Ends the connection, and with the error all that is asked. */
  break(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#alarm?.cancel();
    this.#server.error(error as Error);
  }

  /** @param single whether the first part of the answer is all of it */
  #ask(
    sequence: number,
    bytes: Buffer,
    single: boolean,
    onResponse: (response: Response) => void,
    onError: (error: Error) => void,
  ): void {
    const heard = single
      ? (response: Response): void => {
          this.#answered();
          onResponse(response);
        }
      : onResponse;
    this.#server.onResponse(sequence, heard);
    this.#server.onError(sequence, (error) => {
      this.break(error);
      onError(this.#failure(error));
    });
    if (this.#outstanding++ === 0) {
      this.#heardAt = this.#options.clock.now();
      this.#setAlarm(this.#options.timeoutMs);
    }
    this.#server.write(bytes);
  }

  #next(): number {
    this.#sequence = sequenceAfter(this.#sequence);
    return this.#sequence;
  }

  #answered(): void {
    if (--this.#outstanding === 0) this.#alarm?.cancel();
    this.#heardAt = this.#options.clock.now();
  }

  #setAlarm(ms: number): void {
    this.#alarm = this.#options.clock.after(ms, () => this.#ring(), true);
  }

  #ring(): void {
    const { clock, timeoutMs } = this.#options;
    const left = this.#heardAt + timeoutMs - clock.now();
    if (left > 0) this.#setAlarm(left);
    else this.break(new Error(`no answer within ${timeoutMs} ms`));
  }

  #failure(cause: unknown): MachineryError {
    if (cause instanceof MachineryError) return cause;
    const why = cause instanceof Error ? cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name) : String(cause);
    const what = `the result backend failed: ${why.replace(/[.!]$/, "")}.`;
    const hint = why.includes("authentication")
      ? "Check the user name and the password in its URL."
      : "Is memcached running there?";
    return new MachineryError("ERR_BACKEND", what, { at: this.#url, hint, cause });
  }
}

/** The number of the next request: one that nobody waits for any more is free again. */
export function sequenceAfter(sequence: number): number {
  return sequence >= highestSequence ? 1 : sequence + 1;
}

/** For messages: no login. */
export function urlOf({ name, port }: Address): string {
  return `memcache://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
