import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { GenerateError } from "./generate-error.js";
import type { JsonSchema } from "./model.js";

/** The JSON Schemas of machinery-ts that the generator works by. */
export interface RuntimeSchemas {
  /** Of a contract file. */
  readonly contract: JsonSchema;
  /** Of Machinery's Signature, the envelope that every task's validator checks too. */
  readonly signature: JsonSchema;
}

/**
 * Reads them from the machinery-ts that the project has installed: what is generated is then for the runtime that will run it.
 *
 * @param schemaDir another folder to take them from
 * @throws GenerateError `ERR_RUNTIME`
 */
export async function runtimeSchemas(projectDir: string, schemaDir?: string): Promise<RuntimeSchemas> {
  const require = createRequire(join(projectDir, "package.json"));
  const read = async (path: string): Promise<JsonSchema> => {
    try {
      const file = schemaDir === undefined ? require.resolve(`machinery-ts/schema/${path}`) : join(schemaDir, path);
      return JSON.parse(await readFile(file, "utf8"));
    } catch (cause) {
      throw new GenerateError("ERR_RUNTIME", `machinery-ts/schema/${path} cannot be read from ${projectDir}.`, {
        hint: "Install machinery-ts in the project: npm install machinery-ts.",
        cause,
      });
    }
  };
  return { contract: await read("contract.schema.json"), signature: await read("wire/signature.schema.json") };
}
