import { open } from "node:fs/promises";
import { ContractError, type Diagnostic } from "./diagnostics.js";

const maxBytes = 5 * 1024 * 1024;

/**
 * The text of a contract file: valid UTF-8, 5 MiB at most, not empty.
 *
 * @throws ContractError `ERR_SCHEMA_READ`, with the system's error as its cause; `ERR_SCHEMA_SIZE`
 */
export async function readContract(path: string): Promise<string> {
  return decodeContract(await readBytes(path), path);
}

/**
 * The text of a contract that was read from somewhere.
 *
 * @throws ContractError `ERR_SCHEMA_READ`, `ERR_SCHEMA_SIZE`
 */
export function decodeContract(bytes: Uint8Array, path: string): string {
  if (bytes.byteLength > maxBytes) throw tooLarge(path, bytes.byteLength);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refusal("ERR_SCHEMA_READ", path, "The file is not valid UTF-8.", "Save it as UTF-8.", cause);
  }
  if (text.trim() === "") throw refusal("ERR_SCHEMA_READ", path, "The file is empty.", 'Start it with contract: "1".');
  return text;
}

async function readBytes(path: string): Promise<Uint8Array> {
  let size: number;
  try {
    await using file = await open(path, "r");
    ({ size } = await file.stat());
    if (size <= maxBytes) return await file.readFile();
  } catch (cause) {
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    throw refusal(
      "ERR_SCHEMA_READ",
      path,
      `The file cannot be read: ${code}.`,
      remedies.get(code) ?? "Check the path and the file's rights.",
      cause,
    );
  }
  throw tooLarge(path, size);
}

function tooLarge(path: string, size: number): ContractError {
  return refusal("ERR_SCHEMA_SIZE", path, `The file has ${size} bytes; 5 MiB is the limit.`, "Split the contract into several.");
}

const remedies: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "There is no such file: check the path, or make one with machinery init."],
  ["EISDIR", "It is a folder: name a file in it."],
  ["EACCES", "Its rights do not let this user read it."],
]);

function refusal(code: Diagnostic["code"], file: string, message: string, hint: string, cause?: unknown): ContractError {
  const diagnostic: Diagnostic = { code, severity: "error", file, line: 1, column: 1, pointer: "", message, hint };
  return new ContractError([diagnostic], cause === undefined ? undefined : { cause });
}
