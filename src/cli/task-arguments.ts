import { readFile } from "node:fs/promises";
import { MachineryError, preview } from "../errors.js";
import { go } from "../gen/v1/go.js";
import type { FlowType, Parameter, TaskDefinition } from "../gen/v1/task.js";
import { isBase64 } from "../gen/v1/validate.js";
import type { GoType } from "../wire/go-types.js";
import { type JsonValue, parseJson } from "../wire/json.js";

/** How a task is called on the command line: `resize <request: object ResizeRequest>`, `add [terms: int64...]`. */
export function usage({ name, parameters = [], variadic }: TaskDefinition): string {
  const words = parameters.map((parameter, index) =>
    variadic && index === parameters.length - 1
      ? `[${parameter.name}: ${parameter.type}...]`
      : `<${parameter.name}: ${parameter.type}>`,
  );
  return [name, ...words].join(" ");
}

/**
 * The arguments of a task out of the words of a command line, by the types of the contract; no digit is lost.
 *
 * @throws MachineryError `ERR_ARG_COUNT`, `ERR_ARG_VALUE`, `ERR_ARG_RANGE`: with the argument's name and what was expected
 */
export async function parseArguments(definition: TaskDefinition, words: readonly string[]): Promise<unknown[]> {
  const { parameters = [], variadic } = definition;
  const least = variadic ? parameters.length - 1 : parameters.length;
  if (words.length < least || (words.length > least && !variadic)) {
    const wanted = `${variadic ? "at least " : ""}${least} argument${least === 1 ? "" : "s"}`;
    throw new MachineryError("ERR_ARG_COUNT", `"${definition.name}" takes ${wanted}, got ${words.length}.`, {
      hint: `Usage: machinery send ${usage(definition)}`,
    });
  }
  return Promise.all(
    words.map((word, index) => {
      const { name, type } = parameters[Math.min(index, parameters.length - 1)] as Parameter;
      return parseArgument(type, word, variadic && index >= least ? `${name}[${index - least}]` : name);
    }),
  );
}

/**
 * One argument: plain digits for integers, `true` or `false`, text as it stands; JSON for slices and structured types, base64 for
 * `[]uint8`, and for these `@file` too.
 */
export async function parseArgument(type: FlowType, word: string, at: string): Promise<unknown> {
  switch (type) {
    case "string":
      return word;
    case "bool":
      if (word === "true" || word === "false") return word === "true";
      throw misfit("true or false", word, at);
    case "float32":
    case "float64":
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(word)) throw misfit(`a number (${type})`, word, at);
      return Number(word);
    case "int8":
    case "int16":
    case "int32":
    case "uint8":
    case "uint16":
    case "uint32":
      return Number(wholeNumber(type, word, at));
    case "int":
    case "int64":
    case "uint":
    case "uint64":
      return BigInt(wholeNumber(type, word, at));
    case "[]uint8":
      if (word.startsWith("@")) return new Uint8Array(await read(word.slice(1), at));
      if (!isBase64(word)) throw misfit("base64, or @ and the name of a file ([]uint8)", word, at);
      return new Uint8Array(Buffer.from(word, "base64"));
    default: {
      const text = word.startsWith("@") ? (await read(word.slice(1), at)).toString() : word;
      const json = parse(type, text, at);
      // What a structured type holds is for its own codec to check.
      return type.startsWith("[]") ? go[type as GoType].decode(json, at) : json;
    }
  }
}

function wholeNumber(type: FlowType, word: string, at: string): string {
  if (/^[+-]?\d+$/.test(word)) return word.replace(/^\+/, "");
  throw misfit(`a whole number in plain digits (${type})`, word, at);
}

function parse(type: FlowType, text: string, at: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    const example = type.startsWith("[]") ? `a JSON array such as ${exampleOf(type)}` : "a JSON object";
    throw misfit(`${example}, or @ and the name of a file (${type})`, text, at);
  }
}

function exampleOf(type: FlowType): string {
  return type === "[]string" ? '["a","b"]' : type === "[]bool" ? "[true,false]" : "[1,2]";
}

async function read(file: string, at: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    throw new MachineryError("ERR_ARG_VALUE", `the file ${preview(file)} cannot be read (${code}).`, { at, cause });
  }
}

function misfit(expected: string, word: string, at: string): MachineryError {
  return new MachineryError("ERR_ARG_VALUE", `expected ${expected}, got ${preview(word)}.`, { at });
}
