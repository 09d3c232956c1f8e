import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { GenerateError } from "./generate-error.js";
import type { JsonSchema } from "./model.js";

const name = "contract.schema.json";

/**
 * The JSON Schema of a contract file, from the machinery-ts that the project has installed: what is generated is then for the runtime
 * that will run it.
 *
 * @param schemaDir another folder to take it from
 * @throws GenerateError `ERR_RUNTIME`
 */
export async function readContractSchema(projectDir: string, schemaDir?: string): Promise<JsonSchema> {
  const require = createRequire(join(projectDir, "package.json"));
  try {
    const file = schemaDir === undefined ? require.resolve(`machinery-ts/schema/${name}`) : join(schemaDir, name);
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new GenerateError("ERR_RUNTIME", `machinery-ts/schema/${name} cannot be read from ${projectDir}.`, {
      hint: "Install machinery-ts in the project: npm install machinery-ts.",
      cause,
    });
  }
}
