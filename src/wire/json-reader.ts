import { MachineryError } from "../errors.js";
import { JsonNumber, type JsonValue } from "./json-value.js";

/** Whether a double holds and writes back exactly this number token of a JSON text (`-0` included: `writeNumber` keeps it). */
export function isPlainNumber(token: string): boolean {
  return /[.eE]/.test(token) ? String(Number(token)) === token : Number.isSafeInteger(Number(token));
}

/** Where the JSON string that opens at `start` closes; the text's end if it does not. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/**
 * Reads a JSON text without losing a digit: an integer beyond 2^53 becomes a bigint, any other number that a double would not
 * write back a `JsonNumber`. The text must be valid (`JSON.parse` has said so) and of limited depth: this reader does not check.
 */
export class JsonReader {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly uniqueKeys: boolean,
  ) {}

  read(): JsonValue {
    switch (this.#next()) {
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#skip(4, true);
      case 0x66:
        return this.#skip(5, false);
      case 0x6e:
        return this.#skip(4, null);
      default:
        return this.#number();
    }
  }

  /** The first character that is not white space, left where it is. */
  #next(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  #skip<T>(characters: number, value: T): T {
    this.#at += characters;
    return value;
  }

  #object(): JsonValue {
    const object: Record<string, JsonValue> = {};
    this.#at++;
    if (this.#next() === 0x7d) return this.#skip(1, object);
    do {
      this.#next();
      const key = this.#string();
      if (this.uniqueKeys && Object.hasOwn(object, key)) {
        throw new MachineryError("ERR_MSG_DUP_KEY", `names the key ${JSON.stringify(key.slice(0, 60))} twice.`);
      }
      this.#next();
      this.#at++; // the colon
      const value = this.read();
      // A plain assignment of this one key would set the prototype.
      if (key === "__proto__") {
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      } else object[key] = value;
    } while (this.#comma());
    return object;
  }

  #array(): JsonValue {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#next() === 0x5d) return this.#skip(1, array);
    do array.push(this.read());
    while (this.#comma());
    return array;
  }

  /** Steps over a comma, or over the closing bracket. */
  #comma(): boolean {
    const more = this.#next() === 0x2c;
    this.#at++;
    return more;
  }

  #string(): string {
    const start = this.#at;
    const end = endOfString(this.text, start);
    this.#at = end + 1;
    const raw = this.text.slice(start + 1, end);
    return raw.includes("\\") ? JSON.parse(this.text.slice(start, end + 1)) : raw;
  }

  #number(): number | bigint | JsonNumber {
    const token = /[-+.\deE]+/y;
    token.lastIndex = this.#at;
    const text = token.exec(this.text)?.[0] ?? "";
    this.#at += text.length;
    if (isPlainNumber(text)) return Number(text);
    return /[.eE]/.test(text) ? new JsonNumber(text) : BigInt(text);
  }
}
