/**
 * Every code of what can go wrong beside the contract itself, with what it means. A code is stable: programs may match on it,
 * messages may change.
 */
export const generateErrorCodes = {
  ERR_PATH: "A path leads out of the project, or is none that a generated file may have.",
  ERR_OUTPUT: "The output folder, or a file in it, cannot be read or written.",
  ERR_RUNTIME: "The JSON Schema of contracts, which comes with machinery-ts, cannot be found or read.",
  ERR_SCHEMA_FILE: "A JSON Schema that validators are to be made of cannot be read or compiled.",
  ERR_PACKAGE: "The name, the version or the folder of a contract package will not do.",
  ERR_GO_NAME: "Two names of the contract would be one in Go.",
  ERR_AGAINST: "What a contract is to be compared with cannot be found, or has no contract.",
  ERR_SELF_CHECK: "The generator was about to write code of a kind that it never writes; it wrote nothing.",
} as const;

export type GenerateErrorCode = keyof typeof generateErrorCodes;

/** The generator could not do its work. Its message reads `[CODE] what was wrong. What to do.` */
export class GenerateError extends Error {
  override readonly name = "GenerateError";
  readonly code: GenerateErrorCode;

  constructor(code: GenerateErrorCode, what: string, { hint, cause }: { hint?: string; cause?: unknown } = {}) {
    super(`[${code}] ${what}${hint === undefined ? "" : ` ${hint}`}`, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
