import { readFile, realpath } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { MachineryError } from "../errors.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { TaskDefinition } from "../gen/v1/task.js";
import { didYouMean } from "../util/suggest.js";

/** Where a project keeps things, relative to its folder: the section `machinery` of its package.json. All of it may be left out. */
export interface ProjectPaths {
  /** The contract. Default: `schema/tasks.yaml`. */
  readonly contract?: string;
  /** Where the generator writes. Default: `generated`. */
  readonly out?: string;
  /** Folders of further JSON Schemas to make validators of. Default: none. */
  readonly validators?: readonly string[];
  /** Whether the generator makes arbitraries for property tests. Default: false. */
  readonly arbitraries?: boolean;
  /** The folder of the generated code, compiled. Default: `dist/generated`, or another usual place. */
  readonly generated?: string;
  /** The module that exports the handlers, compiled. Default: `dist/tasks/index.js`, or another usual place. */
  readonly handlers?: string;
}

const keys = [
  "contract",
  "out",
  "validators",
  "arbitraries",
  "generated",
  "handlers",
] as const satisfies readonly (keyof ProjectPaths)[];

type Definitions = Readonly<Record<string, TaskDefinition>>;

/** The generated `definitions.js`. */
interface GeneratedDefinitions {
  readonly definitions?: Definitions;
  readonly imports?: Readonly<Record<string, Definitions>>;
}

/** The modules of a dispatch table. */
export interface ProjectModules {
  readonly dispatch: URL;
  readonly handlers: URL;
}

/** Where compiled code usually is. */
const outputs = ["dist", "dist/src", "build", "build/src", "."];

/** A user's project: the folder the command was called in. */
export class Project {
  readonly folder: string;
  readonly paths: ProjectPaths;

  private constructor(folder: string, paths: ProjectPaths) {
    this.folder = folder;
    this.paths = paths;
  }

  /** @throws MachineryError `ERR_PROJECT` for a section of package.json that cannot be understood */
  static async read(folder = process.cwd()): Promise<Project> {
    return new Project(folder, await readSection(join(folder, "package.json")));
  }

  /**
   * The tasks of the contract, by their names on the wire; those that it imports as they are called in code, too: `math.add`.
   *
   * @param generated the folder to find them in, in place of the project's own
   * @throws MachineryError `ERR_PROJECT`
   */
  async definitions(generated?: string): Promise<ReadonlyMap<string, TaskDefinition>> {
    const path = await this.#find("definitions.js", "generated", generated);
    const { definitions, imports = {} } = (await load(path)) as GeneratedDefinitions;
    const tasks = Object.values(definitions ?? {});
    if (definitions === undefined || tasks.some(({ parameters }) => parameters === undefined)) throw notGenerated(path);
    const imported = Object.entries(imports).flatMap(([namespace, defined]) =>
      Object.entries(defined).flatMap(([key, definition]) => [
        [`${namespace}.${key}`, definition] as const,
        [definition.name, definition] as const,
      ]),
    );
    return new Map([...imported, ...tasks.map((definition) => [definition.name, definition] as const)]);
  }

  /**
   * The dispatch table, the generated one over the project's handlers, and where both have come from.
   *
   * @throws MachineryError `ERR_PROJECT`; `ERR_HANDLER_MISSING` where the handlers lack a task
   */
  async dispatch(paths: Pick<ProjectPaths, "generated" | "handlers"> = {}): Promise<{ table: Dispatch; modules: ProjectModules }> {
    const table = await this.#find("dispatch.js", "generated", paths.generated);
    const handlers = await this.#find("tasks/index.js", "handlers", paths.handlers);
    const { dispatch } = (await load(table)) as { dispatch?: (handlers: unknown) => Dispatch };
    if (typeof dispatch !== "function") throw notGenerated(table);
    const modules = { dispatch: pathToFileURL(table), handlers: pathToFileURL(handlers) };
    return { table: dispatch(await load(handlers)), modules };
  }

  /** A module of compiled code: where the user says, where package.json says, or in a usual place. */
  async #find(file: string, key: "generated" | "handlers", given: string | undefined): Promise<string> {
    const named = given ?? this.paths[key];
    const candidates =
      named === undefined
        ? outputs.map((output) => join(output, key === "generated" ? `generated/${file}` : file))
        : [key === "generated" ? join(named, file) : named];
    for (const candidate of candidates) {
      const path = await this.#inside(candidate);
      if (path !== undefined) return path;
    }
    throw new MachineryError("ERR_PROJECT", `there is no ${candidates.join(", nor ")}.`, {
      at: key,
      hint:
        `Build the project first, in its own folder (machinery generate, then tsc), or say where: --${key}, ` +
        `or "machinery": { "${key}": … } in package.json.`,
    });
  }

  /** The real path, if there is such a file. Code is only ever loaded from inside the project. */
  async #inside(path: string): Promise<string | undefined> {
    const real = await realpath(resolve(this.folder, path)).catch(() => undefined);
    if (real === undefined || real.startsWith((await realpath(this.folder)) + sep)) return real;
    throw refusal(path, "leads out of the project.");
  }
}

async function readSection(path: string): Promise<ProjectPaths> {
  const text = await readFile(path, "utf8").catch(() => "{}");
  let section: unknown;
  try {
    section = (JSON.parse(text) as { machinery?: unknown } | null)?.machinery ?? {};
  } catch (cause) {
    throw new MachineryError("ERR_PROJECT", "is not valid JSON.", { at: path, cause });
  }
  if (typeof section !== "object" || section === null) throw refusal(path, "must have a map as its machinery section.");
  for (const [key, value] of Object.entries(section)) {
    const at = `${path} (machinery.${key})`;
    if (!keys.includes(key as keyof ProjectPaths)) {
      throw new MachineryError("ERR_PROJECT", "there is no such setting.", { at, hint: didYouMean(key, keys) });
    }
    if (key === "validators" && !isList(value)) throw refusal(at, "must be a list of folders.");
    if (key === "arbitraries" && typeof value !== "boolean") throw refusal(at, "must be true or false.");
    if (key !== "validators" && key !== "arbitraries" && typeof value !== "string") throw refusal(at, "must be a path.");
  }
  return section as ProjectPaths;
}

const isList = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");

async function load(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new MachineryError("ERR_PROJECT", `cannot be loaded: ${message}`, {
      at: path,
      hint: "With --verbose there is more.",
      cause,
    });
  }
}

function notGenerated(at: string): MachineryError {
  return new MachineryError("ERR_PROJECT", "is not what this version of machinery generate writes.", {
    at,
    hint: "Generate and build again.",
  });
}

function refusal(at: string, what: string): MachineryError {
  return new MachineryError("ERR_PROJECT", what, { at });
}
