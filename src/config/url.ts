import { fileURLToPath } from "node:url";
import { MachineryError } from "../errors.js";
import { redactUrl } from "../util/redact.js";
import { didYouMean } from "../util/suggest.js";
import { anyScheme, type Scheme, schemes } from "./schemes.js";

/** A URL of a broker or result backend, taken apart and decoded. */
export interface ServiceUrl {
  /** In lower case, without the colon. */
  readonly scheme: string;
  /** Empty where there is none; so is the password. */
  readonly username: string;
  readonly password: string;
  /** At least one for what is reached over a network. IPv6 addresses stand without their brackets. */
  readonly hosts: readonly Host[];
  /** A Unix socket's path; empty where there is none. */
  readonly socket: string;
  /** What comes after the host without its first slash: a database, a virtual host, a folder. */
  readonly path: string;
  readonly options: ReadonlyMap<string, string>;
}

export interface Host {
  readonly name: string;
  readonly port: number;
}

const MAX_LENGTH = 4096;

/**
 * Takes a URL apart, by the rules that Machinery has for its scheme. It does not say whether anything serves the scheme.
 *
 * @param at what the URL is, for error messages, e.g. `broker`
 * @throws MachineryError `ERR_URL`, `ERR_URL_PORT`, `ERR_URL_OPTION`; none of them prints a secret
 */
export function parseServiceUrl(text: string, at: string): ServiceUrl {
  return new UrlReader(text, at).read();
}

/** The URLs in a setting that may hold several: AMQP URLs, where there is a separator. */
export function splitUrls(text: string, separator: string): string[] {
  return separator !== "" && /^amqps?:/i.test(text) ? text.split(separator) : [text];
}

/** Whether a password would travel without encryption to another machine. */
export function sendsPasswordInClear({ scheme, password, hosts, options }: ServiceUrl): boolean {
  const isEncrypted =
    scheme === "rediss" ||
    scheme === "amqps" ||
    scheme === "mongodb+srv" ||
    options.get("tls") === "true" ||
    options.get("ssl") === "true";
  return password !== "" && !isEncrypted && hosts.some(({ name }) => !/^(?:localhost|127\.[\d.]+|::1)$/.test(name));
}

class UrlReader {
  readonly #text: string;
  readonly #at: string;

  constructor(text: string, at: string) {
    this.#text = text;
    this.#at = at;
  }

  read(): ServiceUrl {
    const text = this.#text;
    if (text.trim() === "")
      this.#fail("ERR_URL", "the URL is empty.", "Write one such as redis://localhost:6379 or file:.machinery.");
    if (text.length > MAX_LENGTH) this.#fail("ERR_URL", `the URL is longer than ${MAX_LENGTH} characters.`);
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
    const known = scheme === undefined ? undefined : (schemes.get(scheme) ?? anyScheme);
    if (known?.form !== "local" && /[\s\p{Cc}]/u.test(text)) {
      this.#fail("ERR_URL", "the URL holds white space.", "Remove it, or write a space in a password as %20.");
    }
    if (scheme === undefined || known === undefined || (known === anyScheme && !text.slice(scheme.length).startsWith("://"))) {
      const hint = "Write one such as redis://localhost:6379 or file:.machinery.";
      return this.#fail("ERR_URL", `the URL ${this.#shown()} has no scheme.`, hint);
    }
    const rest = text.slice(scheme.length + 1);
    if (known.form === "local") return this.#local(scheme, known, rest);
    if (!rest.startsWith("//")) {
      this.#fail("ERR_URL", `the URL ${this.#shown()} lacks the // after ${scheme}:.`, `Write it like ${known.example}.`);
    }
    return known.form === "socket" ? this.#socket(scheme, known, rest.slice(2)) : this.#network(scheme, known, rest.slice(2));
  }

  /** `memory:name`, `file:folder` with a path as it stands, and `file:///folder` with one that is escaped as in any URL. */
  #local(scheme: string, known: Scheme, rest: string): ServiceUrl {
    const [place, query] = cut(rest, "?");
    const path = scheme === "file" && place.startsWith("//") ? this.#filePath(place, known) : place.replace(/^\/\//, "");
    if (path.includes("\0")) this.#fail("ERR_URL", "the URL holds a NUL character.");
    if (path === "" && scheme === "file") this.#fail("ERR_URL", "the URL names no folder.", `Write it like ${known.example}.`);
    return { ...nothing, scheme, path, options: this.#options(known, query) };
  }

  #filePath(place: string, known: Scheme): string {
    try {
      return fileURLToPath(`file:${place}`);
    } catch {
      const hint = `Write file:///folder for an absolute path, or a relative one like ${known.example}.`;
      return this.#fail("ERR_URL", `the URL ${this.#shown()} names no folder of this machine.`, hint);
    }
  }

  /** Machinery's `redis+socket://[password@]/path/to/file.sock[:/db]`. */
  #socket(scheme: string, known: Scheme, rest: string): ServiceUrl {
    const at = rest.lastIndexOf("@");
    const [socket, path] = cut(rest.slice(at + 1), ":");
    if (!socket.startsWith("/")) {
      this.#fail("ERR_URL", `the URL ${this.#shown()} names no absolute path of a socket.`, `Write it like ${known.example}.`);
    }
    return { ...nothing, scheme, password: this.#decode(rest.slice(0, Math.max(at, 0)), "password"), socket, path: path.slice(1) };
  }

  #network(scheme: string, known: Scheme, rest: string): ServiceUrl {
    const authority = /^[^/?#]*/.exec(rest)![0];
    const tail = rest.slice(authority.length);
    if (tail.includes("#") || (tail.includes("@") && !authority.includes("@"))) {
      const hint = "In a user name or password write / as %2F, # as %23, ? as %3F and @ as %40.";
      this.#fail("ERR_URL", `the URL ${this.#shown()} has a /, # or ? where its host should be.`, hint);
    }
    const end = authority.lastIndexOf("@");
    const [user, password] = cut(authority.slice(0, Math.max(end, 0)), ":");
    const lone = known.loneUserIsPassword && !authority.slice(0, Math.max(end, 0)).includes(":");
    const hosts = authority.slice(end + 1).split(",");
    if (hosts.length > 1 && !known.manyHosts) {
      const hint = "Give several URLs, and say in multiple_broker_separator what stands between them.";
      this.#fail("ERR_URL", `the URL ${this.#shown()} names several hosts, and ${scheme}: takes one.`, hint);
    }
    const [path, query] = cut(tail, "?");
    if (path.includes("://")) {
      const hint = "Of several URLs, multiple_broker_separator says what stands between them.";
      this.#fail("ERR_URL", `the URL ${this.#shown()} has another one in its path.`, hint);
    }
    return {
      scheme,
      username: lone ? "" : this.#decode(user, "user name"),
      password: this.#decode(lone ? user : password, "password"),
      hosts: hosts.map((host) => this.#host(known, host)),
      socket: "",
      path: this.#decode(path.slice(1), "path"),
      options: this.#options(known, query),
    };
  }

  #host(known: Scheme, text: string): Host {
    const [, name, colon, digits] = /^(\[[^\]]*\]|[^:]*)(:?)(.*)$/.exec(text)!;
    if (name === "") this.#fail("ERR_URL", `the URL ${this.#shown()} names no host.`, `Write it like ${known.example}.`);
    const port = colon === "" ? known.port : Number(digits);
    if (colon !== "" && !(/^\d+$/.test(digits!) && port >= 1 && port <= 65_535)) {
      const hint = "A port is a number from 1 to 65535. If this is part of a password, there must be an @ before the host.";
      this.#fail("ERR_URL_PORT", `the URL ${this.#shown()} has a port that is none.`, hint);
    }
    try {
      if (name!.includes("\\")) throw new TypeError("a host name cannot hold a backslash");
      return { name: new URL(`http://${name}`).hostname.replace(/^\[|\]$/g, ""), port };
    } catch {
      return this.#fail(
        "ERR_URL",
        `the URL ${this.#shown()} has a host name that cannot be one.`,
        `Write it like ${known.example}.`,
      );
    }
  }

  #options(known: Scheme, query: string): ReadonlyMap<string, string> {
    const options = new Map(new URLSearchParams(query));
    if (known.options === "any") return options;
    for (const [name, value] of options) {
      const option = known.options.get(name);
      if (option === undefined) {
        const names = [...known.options.keys()];
        const hint = names.length === 0 ? "This scheme has no options." : didYouMean(name, names);
        this.#fail("ERR_URL_OPTION", `the URL ${this.#shown()} has an unknown option.`, hint);
      }
      if (!option.form.test(value)) this.#fail("ERR_URL_OPTION", `the option ${name} must be ${option.expected}.`);
    }
    return options;
  }

  #decode(text: string, what: string): string {
    try {
      return decodeURIComponent(text);
    } catch {
      return this.#fail("ERR_URL", `the URL ${this.#shown()} has a % in its ${what} that escapes nothing.`, "Write a % as %25.");
    }
  }

  #shown(): string {
    const shown = redactUrl(this.#text);
    return shown.length <= 80 ? shown : `${shown.slice(0, 77)}...`;
  }

  #fail(code: "ERR_URL" | "ERR_URL_PORT" | "ERR_URL_OPTION", what: string, hint?: string): never {
    throw new MachineryError(code, what, { at: this.#at, ...(hint !== undefined && { hint }) });
  }
}

const nothing = { username: "", password: "", hosts: [], socket: "", path: "", options: new Map<string, string>() } as const;

/** The text before and after the first `mark`. */
function cut(text: string, mark: string): [string, string] {
  const place = text.indexOf(mark);
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + mark.length)];
}
