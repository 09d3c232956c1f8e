import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { NamedSchema } from "./emit/standalone.js";
import { GenerateError } from "./generate-error.js";
import type { JsonSchema } from "./model.js";

const suffix = ".schema.json";

/**
 * The plain JSON Schemas of a folder, `task-state.schema.json` as `taskState`, sorted by file name.
 *
 * @throws GenerateError `ERR_SCHEMA_FILE`
 */
export async function readSchemaFolder(folder: string): Promise<NamedSchema[]> {
  const files = await attempt(folder, () => readdir(folder));
  const schemas = files.filter((file) => file.endsWith(suffix)).sort();
  if (schemas.length === 0) {
    throw new GenerateError("ERR_SCHEMA_FILE", `${folder} holds no *${suffix}.`, { hint: "Name a folder of JSON Schemas." });
  }
  return Promise.all(
    schemas.map(async (file) => {
      const schema = await attempt(
        join(folder, file),
        async () => JSON.parse(await readFile(join(folder, file), "utf8")) as JsonSchema,
      );
      return { id: typeof schema.$id === "string" ? schema.$id : file, name: exportName(folder, file), schema };
    }),
  );
}

function exportName(folder: string, file: string): string {
  const stem = file.slice(0, -suffix.length);
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(stem)) {
    throw new GenerateError("ERR_SCHEMA_FILE", `${join(folder, file)} has no name that can be an identifier.`, {
      hint: "Name it in lower case, with hyphens between the words.",
    });
  }
  return stem.replace(/-(.)/g, (_, first: string) => first.toUpperCase());
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const what = cause instanceof SyntaxError ? "is not valid JSON" : `cannot be read: ${(cause as NodeJS.ErrnoException).code}`;
    throw new GenerateError("ERR_SCHEMA_FILE", `${path} ${what}.`, { cause });
  }
}
