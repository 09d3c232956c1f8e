import { readFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { asyncApiDocument } from "./asyncapi/document.js";
import { deliver, type GenerateOptions, type GenerateReport } from "./generate.js";
import { GenerateError } from "./generate-error.js";
import { generatedFrom, isGeneratedDocument } from "./header.js";
import { jsonSchemaDocument } from "./json-schema/document.js";
import type { Model } from "./model.js";
import { named, readModel } from "./read-model.js";

export interface ExportDocumentOptions extends Omit<GenerateOptions, "validators" | "arbitraries" | "out"> {
  /** The file, inside the project. */
  readonly out: string;
}

export interface ExportAsyncApiOptions extends ExportDocumentOptions {
  /** The version of the contract. Default: that of the project's package.json, or `0.0.0`. */
  readonly version?: string;
}

/**
 * Writes a contract as AsyncAPI 3.0, YAML or JSON by the file's name; or with `check` tells how what is there differs from it.
 *
 * @throws ContractError if the contract has errors, all of them in one
 * @throws GenerateError `ERR_OUTPUT` for a file of another kind, and as `generate` does
 */
export async function exportAsyncApi(options: ExportAsyncApiOptions): Promise<GenerateReport> {
  const version = options.version ?? (await projectVersion(resolve(options.projectDir ?? "."))) ?? "0.0.0";
  return exportDocument(options, [".yaml", ".yml", ".json"], (model, extension) => {
    const document = asyncApiDocument(model, version);
    if (extension === ".json") return json(document);
    const { "x-generated-by": _, ...plain } = document;
    return `# ${generatedFrom(model)}\n${stringify(plain, { aliasDuplicateObjects: false, lineWidth: 120 })}`;
  });
}

/** Writes a contract as JSON Schema 2020-12, in the same way. */
export function exportJsonSchema(options: ExportDocumentOptions): Promise<GenerateReport> {
  return exportDocument(options, [".json"], (model) => json(jsonSchemaDocument(model)));
}

/** Writes one file, and never over one that was written by somebody else. */
export async function exportDocument(
  options: ExportDocumentOptions,
  extensions: readonly string[],
  write: (model: Model, extension: string) => string | Promise<string>,
): Promise<GenerateReport> {
  const { contract, out, check = false, schemaDir } = options;
  const projectDir = resolve(options.projectDir ?? ".");
  const target = resolve(projectDir, out);
  const extension = extname(target);
  if (!extensions.includes(extension)) {
    throw new GenerateError("ERR_OUTPUT", `the file's name ends in ${extension || "nothing"}.`, {
      hint: `Let it end in ${extensions.join(" or ")}.`,
    });
  }
  const before = await readFile(target, "utf8").catch(() => undefined);
  if (before !== undefined && !isGeneratedDocument(before)) {
    throw new GenerateError("ERR_OUTPUT", `${named(projectDir, out)} is no file that was exported before.`, {
      hint: "Choose another name, or remove it.",
    });
  }
  const { model, diagnostics } = await readModel(projectDir, contract, schemaDir);
  const files = new Map([[basename(target), await write(model, extension)]]);
  const outDir = dirname(target);
  return { out: named(projectDir, outDir) || ".", diagnostics, ...(await deliver({ projectDir, outDir }, files, check)) };
}

function json(document: unknown): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

async function projectVersion(projectDir: string): Promise<string | undefined> {
  try {
    const { version } = JSON.parse(await readFile(join(projectDir, "package.json"), "utf8")) as { version?: unknown };
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}
