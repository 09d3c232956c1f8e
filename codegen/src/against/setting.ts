import { isObject, member } from "../contract/record.js";
import { GenerateError } from "../generate-error.js";

/** Where a contract package has its contract, unless its package.json says otherwise. */
export const packedContract = "contract.yaml";

/**
 * The contract that a package.json names, relative to it.
 *
 * @param called what messages call the package
 * @throws GenerateError `ERR_AGAINST` for what is no JSON
 */
export function contractSetting(manifest: string, called: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(manifest);
  } catch (cause) {
    throw new GenerateError("ERR_AGAINST", `The package.json of ${called} is not valid JSON.`, { cause });
  }
  const setting = isObject(value) ? member(value.machinery, "contract") : undefined;
  return typeof setting === "string" ? setting.replace(/^\.\//, "") : undefined;
}
