import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { MachineryError } from "../errors.js";

/**
 * The PEM text that a setting of `tls` stands for: itself, or what is in the file that it names.
 *
 * @param folder what a relative path starts from
 * @throws MachineryError `ERR_CONFIG_READ`
 */
export async function readPem(value: string, folder: string, place: string): Promise<string> {
  if (value === "" || value.includes("-----BEGIN ")) return value;
  try {
    return await readFile(resolve(folder, value), "utf8");
  } catch (cause) {
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    const hint = "Give the path of a PEM file, or the PEM text itself.";
    // Not its message, which quotes what may be a mangled key.
    throw new MachineryError("ERR_CONFIG_READ", `the file cannot be read (${code}).`, { at: place, hint });
  }
}
