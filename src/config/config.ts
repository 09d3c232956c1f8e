import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { config as validator } from "../../generated/config/validators.js";
import { MachineryError, preview } from "../errors.js";
import { redact } from "../util/redact.js";
import { readEnvironment } from "./environment.js";
import { type FieldPath, fieldPaths, fields, fileSpelling } from "./fields.js";
import type { AmqpArguments, AmqpConfig, ConfigOptions, MongodbConfig, RedisConfig, TlsConfig } from "./options.js";
import { readObject, type Setting, type Source } from "./source.js";
import { readPem } from "./tls.js";
import { parseServiceUrl, sendsPasswordInClear, splitUrls } from "./url.js";

/** A configuration with nothing left out: what is not set has its default, and text that is not set is empty. */
export type Config = { readonly [K in Exclude<keyof ConfigOptions, "configFile">]-?: Complete<NonNullable<ConfigOptions[K]>> } & {
  /** Nobody said where tasks and results are to be kept, so that they are kept in the default embedded store. */
  readonly usesDefaultStore: boolean;
  /** What the user should know, a sentence or two each; whoever resolves the configuration logs them. */
  readonly warnings: readonly string[];
};

type Complete<T> = T extends AmqpArguments ? T : T extends TlsConfig | AmqpConfig | RedisConfig | MongodbConfig ? Required<T> : T;

/** The embedded store that is used when nothing is configured. */
export const DEFAULT_STORE = "file:.machinery";
const DEFAULT_FILE = "machinery.yml";

/** Where to look besides the code. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly cwd?: string;
}

/**
 * Puts the configuration together: code before environment before file before defaults. Each part is validated by itself, so that
 * an error names the place to mend.
 *
 * @throws MachineryError `ERR_CONFIG`, `ERR_CONFIG_READ`, or a code of `parseServiceUrl`
 */
export async function resolveConfig(options: ConfigOptions = {}, surroundings: Surroundings = {}): Promise<Config> {
  const { env = process.env, cwd = process.cwd() } = surroundings;
  const { configFile, ...code } = options;
  const sources = [readObject(code, "code", cwd, (name) => name), readEnvironment(env, cwd)];
  const path = configFile ?? (env.MACHINERY_CONFIG || undefined);
  const file = resolve(cwd, path ?? DEFAULT_FILE);
  if (path !== undefined || existsSync(file)) {
    // With a file comes a YAML parser, and most processes have none.
    const { readConfigFile } = await import("./file.js");
    sources.push(await readConfigFile(file));
  }
  for (const source of sources) validate(source);
  return complete(sources);
}

function validate({ settings }: Source): void {
  const object = nest(settings, fileSpelling);
  if (validator(object)) return;
  const error = validator.errors![0]!;
  const [first, second] = error.instancePath.slice(1).split("/");
  const path = fieldPaths.find((known) => [first, `${first}.${second}`].includes(fileSpelling(known)))!;
  const { value, place } = settings.get(path)!;
  const wanted = error.keyword === "enum" ? `must be one of ${(error.params.allowedValues as string[]).join(", ")}` : error.message;
  // What should be text may be a URL or a key: it is not shown.
  const got = fields[path].kind === "text" ? "" : `, not ${preview(value)}`;
  throw new MachineryError("ERR_CONFIG", `${wanted}${got}.`, { at: place });
}

type Draft = { -readonly [K in keyof Config]: Config[K] };

/** The strongest source's settings over the others', those over the defaults, and what follows from one setting for another. */
async function complete(sources: readonly Source[]): Promise<Config> {
  const settings = new Map<FieldPath, Setting>();
  for (const { settings: own, folder } of [...sources].reverse()) {
    for (const [path, setting] of own) {
      const isPem = path.startsWith("tls.");
      settings.set(path, isPem ? { ...setting, value: await readPem(setting.value as string, folder, setting.place) } : setting);
    }
  }
  const all = new Map<FieldPath, Pick<Setting, "value">>(fieldPaths.map((path) => [path, { value: fields[path].initial }]));
  const draft = nest(new Map([...all, ...settings]), (path) => path) as Draft;
  const place = (path: FieldPath): string => settings.get(path)?.place ?? path;

  draft.resultsExpireIn ||= fields.resultsExpireIn.initial as number;
  const longestBeat = Math.floor(draft.leaseMs / 3);
  if (!settings.has("heartbeatMs")) draft.heartbeatMs = Math.min(draft.heartbeatMs, longestBeat);
  if (draft.heartbeatMs > longestBeat) {
    throw new MachineryError("ERR_CONFIG", "a heartbeat can be at most a third of the lease.", {
      at: place("heartbeatMs"),
      hint: `With a lease of ${draft.leaseMs} ms that is ${longestBeat} ms.`,
    });
  }
  // Machinery goes by how the text begins.
  const keepsResults = !/^null(?::|$)/.test(draft.resultBackend);
  draft.usesDefaultStore = draft.broker === "" && (draft.resultBackend === "" || !keepsResults);
  // Before 1.0, Machinery's `result_backend: amqp` meant the broker's connection.
  if (draft.resultBackend === "amqp") draft.resultBackend = draft.broker;
  draft.broker ||= (keepsResults && draft.resultBackend) || DEFAULT_STORE;
  draft.resultBackend ||= draft.broker;

  const urls = (["broker", "resultBackend", "lock"] as const).filter((path) => settings.has(path) && draft[path] !== "");
  draft.warnings = [
    ...sources.flatMap((source) => source.warnings),
    ...(draft.insecureTls ? [`${place("insecureTls")}: the certificates of servers are not checked.`] : []),
    ...urls.flatMap((path) => checkUrls(draft[path], draft.multipleBrokerSeparator, place(path))),
  ];
  return deepFreeze(withoutSecretsInLogs(structuredClone(draft)));
}

/** The same, but whoever logs it, or a server that holds it, sees no password. Its fields are read as ever. */
function withoutSecretsInLogs<T extends object>(config: T): T {
  const value = () => redact(config);
  return Object.defineProperties(config, { toJSON: { value }, [Symbol.for("nodejs.util.inspect.custom")]: { value } });
}

/** Reads the URLs of a setting, for the errors; the warnings there are. */
function checkUrls(text: string, separator: string, place: string): string[] {
  // Two words that Machinery takes instead of a URL; whether they are served is for `connect` to say.
  if (text === "eager" || text === "null") return [];
  const urls = splitUrls(text, separator).map((url) => parseServiceUrl(url, place));
  return urls
    .filter(sendsPasswordInClear)
    .map(() => `${place}: the password crosses the network in clear text; use a scheme with TLS.`);
}

/** An object of objects from settings with dotted paths. */
function nest(settings: ReadonlyMap<FieldPath, Pick<Setting, "value">>, spell: (path: string) => string): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [path, { value }] of settings) {
    const [first, second] = spell(path).split(".") as [string, string?];
    if (second === undefined) object[first] = value;
    else object[first] = { ...(object[first] as object | undefined), [second]: value };
  }
  return object;
}

function deepFreeze<T extends object>(object: T): T {
  for (const part of Object.values(object)) if (typeof part === "object" && part !== null) deepFreeze(part);
  return Object.freeze(object);
}
