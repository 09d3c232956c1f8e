import { arbitrariesModule } from "./emit/arbitraries.js";
import { definitionsModule } from "./emit/definitions.js";
import { dispatchModule, handlersModule } from "./emit/dispatch.js";
import { importFolder } from "./emit/imports.js";
import { indexModule } from "./emit/index-module.js";
import type { Module } from "./emit/module.js";
import { schemaValidators } from "./emit/schema-validators.js";
import { sendersModule } from "./emit/senders.js";
import type { NamedSchema } from "./emit/standalone.js";
import { tasksModule } from "./emit/tasks.js";
import { typesModule } from "./emit/types.js";
import { validatorsModule } from "./emit/validators.js";
import { GenerateError } from "./generate-error.js";
import { hashOf, header } from "./header.js";
import type { ImportedContract, Model, Task } from "./model.js";
import { print } from "./print.js";
import { checkGenerated } from "./self-check.js";

/** The text of each generated file, by its path relative to the output folder, with `/`; sorted. */
export type GeneratedFiles = ReadonlyMap<string, string>;

/** The files that a contract gives, at most. */
export const contractFiles = ["arbitraries", "definitions", "dispatch", "index", "senders", "tasks", "types", "validators"].map(
  (name) => `${name}.ts`,
);

/** The files that an imported contract gives, at most. */
export const importFiles = ["definitions", "handlers", "senders", "tasks", "types", "validators"].map((name) => `${name}.ts`);

/** A folder of plain JSON Schemas. */
export interface SchemaFolder {
  /** The folder as headers name it: relative to the project, with `/`. */
  readonly source: string;
  /** The generated file, relative to the output folder. */
  readonly path: string;
  readonly schemas: readonly NamedSchema[];
}

/**
 * The files for one contract. Pure: the same model gives the same bytes, on every machine.
 *
 * @param arbitraries whether arbitraries for property tests are among them
 */
export async function generateFiles(model: Model, { arbitraries = false } = {}): Promise<GeneratedFiles> {
  const modules = [
    ...(arbitraries ? [arbitrariesModule(model)] : []),
    definitionsModule(model),
    dispatchModule(model),
    indexModule(model),
    sendersModule(model),
    tasksModule(model),
    ...(model.defs.length === 0 ? [] : [await typesModule(model)]),
    validatorsModule(model),
  ];
  const top = header(model.source, "contract", model.hash);
  const files: [path: string, text: string][] = modules.map((module) => [module.path, textOf(module, top)]);
  for (const imported of model.imports) files.push(...(await importedFiles(imported)));
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What it takes to send the tasks of an imported contract; and to run them, where this project does. */
async function importedFiles({ namespace, model, serve }: ImportedContract): Promise<[path: string, text: string][]> {
  const used = serve ? model : { ...model, tasks: model.tasks.map((task): Task => ({ ...task, versions: [] })) };
  const modules = [
    definitionsModule(used),
    ...(serve ? [handlersModule(used)] : []),
    sendersModule(used),
    tasksModule(used),
    ...(used.defs.length === 0 ? [] : [await typesModule(used)]),
    validatorsModule(used),
  ];
  const top = header(model.source, "import", model.hash);
  return modules.map((module) => [`${importFolder(namespace)}/${module.path}`, textOf(module, top)]);
}

/**
 * The file of validators for a folder of plain JSON Schemas. Pure, as `generateFiles` is.
 *
 * @throws GenerateError `ERR_SCHEMA_FILE` for a schema that AJV does not take
 */
export function generateValidators({ source, path, schemas }: SchemaFolder): GeneratedFiles {
  const hash = hashOf(schemas.map(({ name, schema }) => [name, schema]));
  const module = { path, unchecked: true, statements: compiled() };
  return new Map([[path, textOf(module, header(source, "schemas", hash))]]);

  function compiled(): Module["statements"] {
    try {
      return schemaValidators(schemas);
    } catch (cause) {
      throw new GenerateError("ERR_SCHEMA_FILE", `the schemas of ${source} cannot be compiled: ${(cause as Error).message}.`, {
        cause,
      });
    }
  }
}

function textOf({ path, statements, unchecked = false }: Module, top: string): string {
  const text = `${top}${unchecked ? "// @ts-nocheck\n" : ""}${print(statements)}`;
  checkGenerated(path, text);
  return text;
}
