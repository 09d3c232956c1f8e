/**
 * Every code that a contract's diagnostics carry, with what it means. A code is stable: programs may match on it, messages may
 * change.
 */
export const contractErrorCodes = {
  // The file and its text
  ERR_SCHEMA_READ: "The contract cannot be read from its file.",
  ERR_SCHEMA_SIZE: "The contract is larger than the limit: 5 MiB of text, 10,000 values, 64 levels.",
  ERR_YAML: "The text is neither YAML 1.2 nor JSON.",
  ERR_YAML_TAG: "The text uses a YAML tag; contracts have none.",
  ERR_YAML_ALIASES: "The text uses more than 100 YAML aliases, or one that names no anchor before it.",
  ERR_YAML_KEY: "A key of a mapping is given twice, or is no string.",
  ERR_YAML_VALUE: "A number is one that JSON has not, or has more digits than would survive.",
  // The contract's own form
  ERR_CONTRACT_KEY: "A key that a contract does not have.",
  ERR_CONTRACT_MISSING: "A key that must be there is missing.",
  ERR_CONTRACT_VALUE: "A value is of the wrong kind, or out of its range.",
  ERR_CONTRACT_VERSION: "The contract is of a newer format than this generator knows.",
  ERR_DESCRIPTION: "A description is longer than what reaches the generated code.",
  // Imports
  ERR_IMPORT: "An import is neither a contract file, relative to the one that imports it, nor an npm package.",
  ERR_IMPORT_MISSING: "An imported file or package is not there, or the package has no contract.",
  ERR_IMPORT_BROKEN: "An imported contract has errors of its own.",
  ERR_IMPORT_CYCLE: "A contract imports itself, or one that leads back to it.",
  // Names
  ERR_NAME: "A name has characters, or a length, that names must not have.",
  ERR_NAME_RESERVED: "A name means something in JavaScript, TypeScript or the generated code already.",
  ERR_NAME_COLLISION: "Two names are the same, or differ in upper and lower case only.",
  ERR_RESERVED: "A name is used that the contract reserves.",
  // Types and policies
  ERR_TYPE: "A type that is neither a Go scalar, nor a slice of one, nor a reference to an object type.",
  ERR_VARIADIC: "Only the last argument may be variadic, and no structured one.",
  ERR_DURATION: "A duration is not a whole number and a unit, or is out of its range.",
  ERR_QUEUE_NAME: "A queue's name cannot be used, or is used for something else already.",
  ERR_VERSION: "An older version of a task cannot be told from another one.",
  ERR_SERVED_BY: "A policy that has no effect where Go Machinery runs the task.",
  // References
  ERR_REF: "A reference is not of the form `#/$defs/Name`.",
  ERR_REF_REMOTE: "A reference leads out of the contract; nothing is ever fetched.",
  ERR_REF_MISSING: "A reference names a type that the contract does not define.",
  ERR_REF_CYCLE: "A type contains itself in a way that no value could ever end.",
  // The JSON Schema of structured types
  ERR_SCHEMA_KEYWORD: "A keyword that the contract's subset of JSON Schema does not have, or not there.",
  ERR_SCHEMA_KEY: "A field's name could reach a prototype, or cannot be read.",
  ERR_SCHEMA_REQUIRED: "A field is required that the object does not have.",
  ERR_SCHEMA_TYPE: "A schema does not say its type, or uses a keyword of another type.",
  ERR_SCHEMA_VALUE: "A keyword's value is of the wrong kind, or does not fit the schema's type.",
  ERR_SCHEMA_RANGE: "The bounds of a schema leave nothing between them.",
  ERR_SCHEMA_FORMAT: "A format that is not known, or belongs to another type.",
  ERR_PATTERN: "A pattern is no regular expression, or has parts that cannot be checked.",
  ERR_PATTERN_SLOW: "A pattern could take more than linear time, or its string has no bound.",
} as const;

export type ContractErrorCode = keyof typeof contractErrorCodes;

/** One thing that is wrong with a contract: where, what, and how to mend it. */
export interface Diagnostic<Code extends string = ContractErrorCode> {
  readonly code: Code;
  /** An error keeps the contract from being used; a warning does not. */
  readonly severity: "error" | "warning";
  /** The file as the caller named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** JSON pointer into the contract; empty for the whole of it. */
  readonly pointer: string;
  readonly message: string;
  /** How to mend it. */
  readonly hint: string;
  /** The line of the text and a caret under the place; not there where the text could not be read. */
  readonly excerpt?: string;
}

/** A contract that cannot be used. Its message is all that is wrong, a paragraph each. */
export class ContractError extends Error {
  override readonly name = "ContractError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], options?: ErrorOptions) {
    super(formatDiagnostics(diagnostics), options);
    this.diagnostics = diagnostics;
  }
}

/** `file:line:column /pointer [CODE] message hint`, and under it the line of the text with a caret. */
export function formatDiagnostic(diagnostic: Diagnostic<string>): string {
  const { code, severity, file, line, column, pointer, message, hint, excerpt } = diagnostic;
  const place = `${printable(file)}:${line}:${column}${pointer === "" ? "" : ` ${shorten(printable(pointer), 200)}`}`;
  const kind = severity === "warning" ? "warning " : "";
  return `${place} ${kind}[${code}] ${message} ${hint}${excerpt === undefined ? "" : `\n${excerpt}`}`;
}

/** At most 20 diagnostics, then how many more there are. */
export function formatDiagnostics(diagnostics: readonly Diagnostic<string>[]): string {
  const shown = diagnostics.slice(0, 20).map(formatDiagnostic);
  const more = diagnostics.length - shown.length;
  return [...shown, ...(more === 0 ? [] : [`and ${more} more`])].join("\n");
}

/** A value of the contract for a message: its JSON, 80 characters at most, nothing in it that could steer a terminal. */
export function quote(value: unknown): string {
  return shorten(printable(JSON.stringify(value) ?? typeof value), 80);
}

/** Control and formatting characters (the bidirectional ones above all), line separators and lone surrogates as `\uXXXX`. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}
