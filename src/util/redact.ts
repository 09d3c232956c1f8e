/** What stands where a secret stood. */
const HIDDEN = "***";

const SECRET_NAME =
  /pass(?:wd|word|phrase)|secret|token|authori[sz]ation|credential|api[-_]?key|private[-_]?key|cookie|^(?:auth|authmechanismproperties|pass|pwd|pw)$/i;

/** Whether a field, header or query parameter of this name holds a secret. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

const SCHEME = /^[a-z][a-z0-9+.-]{0,30}:(?:\/\/)?/i;
/** Where the next of several URLs in one text starts, after a separator. */
const NEXT_URL = /[^a-z0-9+.-](?=(?:amqps?|rediss?|redis\+socket|memcached?|mongodb(?:\+srv)?|https?):\/\/)/i;

/**
 * A URL without its secrets, for messages and logs: no user name (on Redis a lone one is the password), no password, and of
 * query parameters only the values that are numbers or truths, unless they are named like a secret. It works on text, not on a parsed URL, since the URLs that go into error messages are the
 * ones that do not parse, and it rather hides too much: with an `@` anywhere, all that stands before the last one.
 */
export function redactUrl(url: string): string {
  const next = NEXT_URL.exec(url);
  if (next !== null && url.slice(0, next.index).includes("@")) {
    const rest = next.index + next[0].length;
    return redactUrl(url.slice(0, next.index)) + next[0] + redactUrl(url.slice(rest));
  }
  const scheme = SCHEME.exec(url)?.[0] ?? "";
  if (/^(?:file|memory):/i.test(scheme)) return url;
  return scheme + redactQuery(redactAuthority(url.slice(scheme.length)));
}

function redactAuthority(rest: string): string {
  const at = rest.lastIndexOf("@");
  if (at >= 0) return HIDDEN + rest.slice(at);
  // Without an @ what follows a colon is a port, or a password whose host got lost.
  const authority = /^[^/?#]*/.exec(rest)![0].replace(/\[[^\]]*\]/g, (address) => "x".repeat(address.length));
  const doubtful = (rest.includes("#") ? /[:#]|$/ : /:(?!\d{1,5}(?:,|$))/).exec(authority);
  return doubtful === null ? rest : rest.slice(0, doubtful.index + 1) + HIDDEN;
}

function redactQuery(rest: string): string {
  const mark = rest.indexOf("?");
  if (mark < 0) return rest;
  const parameters = rest.slice(mark + 1).split("&");
  const shown = parameters.map((parameter) => {
    const name = parameter.split("=", 1)[0]!;
    // A misspelt name of a secret is known to nobody, but few secrets look like this.
    const isPlain = !isSecretName(name) && /^(?:=(?:\d{1,9}|true|false)?)?$/.test(parameter.slice(name.length));
    return isPlain ? parameter : `${name}=${HIDDEN}`;
  });
  return `${rest.slice(0, mark)}?${shown.join("&")}`;
}

const URL_IN_TEXT = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'<>]+/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g;

/** Text without the secrets in the URLs and the private keys that it quotes. */
export function redactText(text: string): string {
  const open = text.includes("://") ? text.replace(URL_IN_TEXT, redactUrl) : text;
  return open.includes("PRIVATE KEY") ? open.replace(PRIVATE_KEY, HIDDEN) : open;
}

const MAX_DEPTH = 6;
const MAX_ITEMS = 100;

/**
 * A copy of a value that is fit for a log line: secrets hidden (by the name of their key, and in URLs within text), errors as plain
 * data, bytes as their number. Objects of classes other than errors are only named, never looked into: what a client object holds
 * is its own business, and often a password.
 */
export function redact(value: unknown): unknown {
  return copy(value, 0);
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "...";
  if (value instanceof Error) return copyError(value, depth);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => copy(item, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `... ${value.length - MAX_ITEMS} more`] : items;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return `[${prototype.constructor?.name ?? "object"}]`;
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(entries.map(([key, item]) => [key, isSecretName(key) ? HIDDEN : copy(item, depth + 1)]));
}

/** Only the fields that every error has: clients hang the failed command, password and payload included, on theirs. */
function copyError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    type: String(error.name),
    message: redactText(String(error.message)),
    ...((typeof code === "string" || typeof code === "number") && { code }),
    ...(error.stack !== undefined && { stack: redactText(String(error.stack)) }),
    ...(error.cause !== undefined && { cause: copy(error.cause, depth + 1) }),
  };
}
