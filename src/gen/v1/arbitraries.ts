/**
 * What generated arbitraries are made of: values for property tests, of the contract's types. fast-check is handed in by the generated
 * code, so that it is the project's own, and no part of what runs in production.
 */
import type { GoType } from "../../wire/go-types.js";
import { type FastCheck, ObjectArbitraries, type Schemas } from "./object-arbitraries.js";

export type { FastCheck, Schemas } from "./object-arbitraries.js";

/** Of an argument: a wire type, or the name of a structured type. */
export type ArgumentType = GoType | { readonly object: string };

/**
 * The arguments of a task: integers over all of their range, exact float32, well-formed strings, structured values within the bounds of
 * their schemas.
 *
 * @param variadic whether the last argument comes any number of times
 */
export function argumentsOf(fc: FastCheck, types: readonly ArgumentType[], variadic: boolean, schemas: Schemas = {}): any {
  const values = types.map((type) => (typeof type === "string" ? scalar(fc, type) : objectsOf(fc, type.object, schemas)));
  const last = variadic ? values.pop() : undefined;
  if (last === undefined) return fc.tuple(...values);
  return fc.tuple(fc.tuple(...values), fc.array(last)).map(([first, rest]: [unknown[], unknown[]]) => [...first, ...rest]);
}

/** The values of a structured type. */
export function objectsOf(fc: FastCheck, name: string, schemas: Schemas): any {
  return new ObjectArbitraries(fc, schemas).of(name);
}

function scalar(fc: FastCheck, type: GoType): any {
  if (type === "[]uint8") return fc.uint8Array();
  if (type.startsWith("[]")) return fc.array(scalar(fc, type.slice(2) as GoType));
  if (type === "bool") return fc.boolean();
  if (type === "string") return fc.string({ unit: "binary" });
  if (type === "float32") return fc.float({ noNaN: true, noDefaultInfinity: true });
  if (type === "float64") return fc.double({ noNaN: true, noDefaultInfinity: true });
  const unsigned = type.startsWith("u");
  const bits = Number(type.replace(/^u?int/, "") || 64);
  if (bits < 64)
    return fc.integer(unsigned ? { min: 0, max: 2 ** bits - 1 } : { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
  return fc.bigInt(unsigned ? uint64 : int64);
}

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const uint64 = { min: 0n, max: 2n ** 64n - 1n };
