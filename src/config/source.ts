import { MachineryError } from "../errors.js";
import { didYouMean } from "../util/suggest.js";
import { type FieldPath, fieldPaths, fileSpelling, ignoredSections, olderSpellings } from "./fields.js";

/** What one place says: the file, the environment, or the program. */
export interface Source {
  readonly settings: ReadonlyMap<FieldPath, Setting>;
  readonly warnings: readonly string[];
  /** What a relative path in it starts from. */
  readonly folder: string;
}

export interface Setting {
  readonly value: unknown;
  /** As it is spelled there. */
  readonly name: string;
  /** How a reader finds it, e.g. `machinery.yml:7 (amqp.exchange)`. */
  readonly place: string;
}

/** How settings are spelled: in code as in `ConfigOptions`, in files in snake_case, where Machinery's older names count too. */
export type Spelling = "code" | "file";

const sections = new Set(fieldPaths.filter((path) => path.includes(".")).map((path) => path.slice(0, path.indexOf("."))));

const spelled: Readonly<Record<Spelling, ReadonlyMap<string, FieldPath>>> = {
  code: new Map(fieldPaths.map((path) => [path, path])),
  file: new Map(fieldPaths.map((path) => [fileSpelling(path), path])),
};

/** Names that cannot be had as a setting, with what to write instead. */
const elsewhere: ReadonlyMap<string, string> = new Map(
  ["TLSConfig", "tlsconfig", "tls_config", "tlsConfig"].map((name) => [name, "Write tls: { ca, cert, key } instead."]),
);

/**
 * The settings in an object that a user wrote.
 *
 * @param folder what relative paths in it start from
 * @param locate how a reader finds a name, e.g. `machinery.yml:7 (amqp.exchange)`
 * @throws MachineryError `ERR_CONFIG` for a name that means nothing, with the one that was probably meant
 */
export function readObject(object: unknown, spelling: Spelling, folder: string, locate: (name: string) => string): Source {
  const settings = new Map<FieldPath, Setting>();
  const older = new Map<FieldPath, Setting>();
  const warnings: string[] = [];
  const walk = (part: object, prefix: string): void => {
    for (const [key, value] of Object.entries(part)) {
      const name = prefix + key;
      const path = key.includes(".") ? undefined : spelled[spelling].get(name);
      const olderPath = spelling === "file" && !key.includes(".") ? olderSpellings.get(name) : undefined;
      const isSection = prefix === "" && sections.has(key);
      const isIgnored = prefix === "" && spelling === "file" && ignoredSections.has(key);
      if (path === undefined && olderPath === undefined && !isSection && !isIgnored) refuse(key, prefix, spelling, locate);
      if (value === undefined || value === null) continue;
      if (path !== undefined) settings.set(path, { value, name, place: locate(name) });
      else if (olderPath !== undefined) older.set(olderPath, { value, name, place: locate(name) });
      else if (isSection) walk(asMap(value, name, locate), `${key}.`);
      else warnings.push(`${locate(key)}: no broker or result backend here speaks to this service; the section is ignored.`);
    }
  };
  walk(object === undefined || object === null ? {} : asMap(object, "", locate), "");
  for (const [path, setting] of older) {
    const newer = settings.get(path);
    if (newer === undefined) settings.set(path, setting);
    else warnings.push(`${setting.place}: ignored, since ${newer.name} is set too.`);
  }
  return { settings, warnings, folder };
}

function asMap(value: unknown, name: string, locate: (name: string) => string): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new MachineryError("ERR_CONFIG", "this must be a map of settings.", { at: locate(name) });
}

function refuse(key: string, prefix: string, spelling: Spelling, locate: (name: string) => string): never {
  const names = [...spelled[spelling].keys(), ...(spelling === "file" ? olderSpellings.keys() : [])];
  const siblings = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length).split(".", 1)[0]!);
  const name = prefix + key;
  throw new MachineryError("ERR_CONFIG", "there is no such setting.", {
    at: name.length <= 80 ? locate(name) : locate(name).replace(name, `${name.slice(0, 77)}...`),
    hint: (prefix === "" ? elsewhere.get(key) : undefined) ?? didYouMean(key, [...new Set(siblings)]),
  });
}
