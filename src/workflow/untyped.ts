import { MachineryError, preview } from "../errors.js";
import type { Codec } from "../gen/v1/codec.js";
import { go, goResults } from "../gen/v1/go.js";
import { didYouMean } from "../util/suggest.js";
import type { GoType } from "../wire/go-types.js";
import type { WireArg } from "../wire/signature.js";
import { Signature, type SignatureOptions } from "./signature.js";

/** A call of a task that no contract declares, in the manner of Machinery's `tasks.Signature`. */
export interface SignatureFields extends SignatureOptions {
  readonly name: string;
  /** With the Go type of each; the values are of the TypeScript types that the contract's would be (`int64` is a bigint). */
  readonly args?: readonly { readonly type: GoType | "[]byte"; readonly value: unknown }[];
}

/** A signature of which the compiler knows nothing: it fits everywhere, and the worker finds out. */
export type UntypedSignature = Signature<any, any, unknown, boolean>;

/**
 * A signature of a task without a contract.
 *
 * @throws MachineryError `ERR_SIG_FIELD` for a missing name, `ERR_ARG_TYPE`, `ERR_ARG_VALUE` or `ERR_ARG_RANGE` for an argument, and
 * what `Signature.with` throws for the options
 */
export function signature({ name, args = [], ...options }: SignatureFields): UntypedSignature {
  if (typeof name !== "string" || name === "")
    throw new MachineryError("ERR_SIG_FIELD", "the task's name is missing.", { at: "name" });
  const text = args.map(({ type, value }, i) => encode(type, value, i)).join();
  const task = { name, policy: {}, decodeResults: decodeUntyped };
  return new Signature(task, text, args.length).with(options as never) as UntypedSignature;
}

function encode(type: string, value: unknown, index: number): string {
  const wireType = type === "[]byte" ? "[]uint8" : type;
  return `{"Name":"","Type":"${wireType}","Value":${codecOf(go, wireType, "args", index).encode(value, "args", index)}}`;
}

/** Results by the types that stand in the state: none is `undefined`, one the value, several an array. */
export function decodeUntyped(results: readonly WireArg[]): unknown {
  const values = results.map(({ Type, Value }, i) => {
    const type = Type === "[]byte" ? "[]uint8" : Type;
    return codecOf(goResults, type, "results", i).decode(Value, "results", i);
  });
  return values.length > 1 ? values : values[0];
}

function codecOf(codecs: typeof go, type: string, at: string, index: number): Codec<any> {
  if (Object.hasOwn(codecs, type)) return codecs[type as GoType];
  throw new MachineryError(at === "args" ? "ERR_ARG_TYPE" : "ERR_RESULT_TYPE", `${preview(type)} is no type of Machinery's.`, {
    at: `${at}[${index}]`,
    hint: didYouMean(String(type), Object.keys(codecs)),
  });
}
