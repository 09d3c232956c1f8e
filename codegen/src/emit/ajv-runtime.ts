import { _, type Code } from "ajv";
import { getProperty } from "ajv/dist/compile/codegen/index.js";
import { type ValidateSymbol, validateModule } from "../symbols.js";

/** How AJV's text names a symbol of the runtime; the emitter makes an import of it. */
export function runtime(name: ValidateSymbol): Code {
  return _`require(${validateModule})${getProperty(name)}`;
}

/** The generator compiles validators and never calls them. */
export function neverCalled(): never {
  throw new Error("a validator ran in the generator");
}
