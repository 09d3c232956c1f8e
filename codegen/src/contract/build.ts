import type { Definition, JsonSchema, Model, ObjectType, Parameter, Policy, ScalarType, Task, TaskVersion } from "../model.js";
import { contractHash, taskHash } from "./canonical.js";
import { parseDuration } from "./duration.js";
import { isObject } from "./record.js";
import { referenced } from "./references.js";

/** A contract as its file gives it, after all checks. */
interface Contract {
  readonly package: string;
  readonly wire_names?: "bare" | "package";
  readonly tasks: Readonly<Record<string, RawTask>>;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

interface RawTask {
  readonly description?: string;
  readonly aliases?: readonly string[];
  readonly args?: readonly RawParameter[];
  readonly returns?: readonly RawParameter[];
  readonly versions?: readonly RawVersion[];
  readonly policy?: RawPolicy;
}

interface RawVersion {
  readonly args?: readonly RawParameter[];
  readonly returns?: readonly RawParameter[];
  readonly hash?: string;
}

interface RawParameter {
  readonly name: string;
  readonly type: string | { readonly $ref: string };
  readonly variadic?: boolean;
  readonly description?: string;
}

interface RawPolicy {
  readonly run?: "inline" | "thread";
  readonly queue?: string;
  readonly retry?: { readonly count: number; readonly timeout?: string };
  readonly timeout?: string;
  readonly result_ttl?: string;
  readonly served_by?: string;
}

/** The model of a contract that has passed all checks; without its imports, which are in other files. */
export function buildModel(checked: unknown, source: string): Model {
  const contract = checked as Contract;
  const definitions = new Map(sorted(contract.$defs ?? {}).map(([name, schema]) => [name, plain(schema) as JsonSchema]));
  return {
    package: contract.package,
    source,
    hash: contractHash(contract),
    tasks: sorted(contract.tasks).map(([key, task]) => buildTask(key, wireName(contract, key), task, definitions)),
    defs: [...definitions].map(([name, schema]): Definition => ({ name, identifier: name, schema })),
    imports: [],
  };
}

function wireName({ wire_names, package: owner }: Contract, key: string): string {
  return wire_names === "package" ? `${owner}.${key}` : key;
}

function buildTask(key: string, name: string, raw: RawTask, definitions: ReadonlyMap<string, JsonSchema>): Task {
  const { description, aliases = [] } = raw;
  const returns = (raw.returns ?? []).map(buildParameter);
  const hashes = (args: readonly Parameter[], results: readonly Parameter[], variadic: boolean) => {
    const hashOf = (called: string) => taskHash({ name: called, args, returns: results, variadic }, definitions);
    return { hash: hashOf(name), ...(aliases.length > 0 && { formerHashes: aliases.map(hashOf) }) };
  };
  const now = buildArguments(raw);
  return {
    name,
    identifier: key,
    ...(description === undefined ? {} : { description }),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...now,
    returns,
    policy: buildPolicy(raw.policy ?? {}),
    ...hashes(now.args, returns, now.variadic),
    versions: (raw.versions ?? []).map((version): TaskVersion => {
      const then = buildArguments(version);
      if (version.hash !== undefined) return { ...then, hash: version.hash };
      return { ...then, ...hashes(then.args, version.returns?.map(buildParameter) ?? returns, then.variadic) };
    }),
  };
}

function buildArguments({ args = [] }: RawTask | RawVersion): Pick<TaskVersion, "args" | "variadic"> {
  return { args: args.map(buildParameter), variadic: args.at(-1)?.variadic ?? false };
}

function buildParameter({ name, type, description }: RawParameter): Parameter {
  return { name, identifier: name, ...(description === undefined ? {} : { description }), type: buildType(type) };
}

function buildType(type: RawParameter["type"]): ScalarType | ObjectType {
  if (typeof type !== "string") return { kind: "object", def: referenced(type.$ref) };
  return { kind: "scalar", go: type === "[]byte" ? "[]uint8" : type };
}

function buildPolicy({ run, queue, retry, timeout, result_ttl, served_by }: RawPolicy): Policy {
  const retryTimeout = parseDuration(retry?.timeout);
  const timeoutMs = parseDuration(timeout);
  const resultTtlMs = parseDuration(result_ttl);
  return {
    ...(run === undefined ? {} : { run }),
    ...(queue === undefined ? {} : { queue }),
    ...(retry === undefined ? {} : { retryCount: retry.count }),
    ...(retryTimeout === undefined ? {} : { retryTimeoutSeconds: retryTimeout / 1_000 }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(resultTtlMs === undefined ? {} : { resultTtlMs }),
    ...(served_by === undefined ? {} : { servedBy: served_by }),
  };
}

/** By UTF-16 code units: the same on every machine, whatever its language. */
function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** With the usual prototype, which the libraries that read schemas expect. No key of a checked schema reaches it. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
