import { MachineryError, preview } from "../errors.js";
import { go, goResults } from "../gen/v1/go.js";
import type { TaskDefinition } from "../gen/v1/task.js";
import type { GoType } from "../wire/go-types.js";
import { envelopeValidator } from "../wire/message.js";
import type { WireArg } from "../wire/signature.js";
import { decodeUntyped } from "../workflow/untyped.js";

/** What is declared of a task without a contract; all of it may be left out. */
export interface DynamicTypes {
  /** The wire types of what the handler returns: none for nothing, one for a value, several for an array with one value for each. */
  readonly returns?: readonly GoType[];
  /** Default: none. */
  readonly resultTtlMs?: number;
}

/**
 * A task that no contract declares, as Machinery's RegisterTask knows them: arguments are decoded by the type that each names in the
 * message.
 */
export function dynamicTask(name: string, { returns, resultTtlMs }: DynamicTypes = {}): TaskDefinition {
  return {
    name,
    hash: "",
    policy: resultTtlMs === undefined ? {} : { resultTtlMs },
    takes: [],
    variadic: true,
    gives: returns ?? [],
    validate: envelopeValidator,
    encodeArgs: (args) => args.map((value, i) => encode(inferType(value, "ERR_ARG_VALUE", `/${i}`), value, i, go)).join(),
    decodeArgs: (args) => args.map((arg, i) => decodeArg(arg, `/Args/${i}`)),
    encodeResults: (value) => {
      const values =
        returns === undefined ? (value === undefined ? [] : [value]) : returns.length === 1 ? [value] : (value as unknown[]);
      const types = returns ?? values.map((one) => inferType(one, "ERR_RESULT_VALUE", "the result"));
      if (types.length > 0 && (!Array.isArray(values) || values.length !== types.length)) {
        throw new MachineryError(
          "ERR_RESULT_COUNT",
          `expected ${types.length} results (${types.join(", ")}), got ${preview(value)}.`,
          { at: name },
        );
      }
      return `[${types.map((type, i) => encode(type, values[i], i, goResults)).join()}]`;
    },
    decodeResults: decodeUntyped,
  };
}

function encode(type: GoType, value: unknown, index: number, codecs: typeof go): string {
  const named = codecs === go ? '"Name":"",' : "";
  return `{${named}"Type":"${type}","Value":${codecs[type].encode(value as never, "", index)}}`;
}

function decodeArg({ Type, Value }: WireArg, at: string): unknown {
  const type = Type === "[]byte" ? "[]uint8" : Type;
  if (Object.hasOwn(go, type)) return go[type as GoType].decode(Value, at);
  throw new MachineryError("ERR_ARG_TYPE", `${preview(Type)} is no type of Machinery's.`, { at: `${at}/Type` });
}

/** The wire type of a TypeScript value that nothing else tells the type of. */
function inferType(value: unknown, code: "ERR_ARG_VALUE" | "ERR_RESULT_VALUE", at: string): GoType {
  if (Array.isArray(value) && value.length > 0) {
    const item = inferType(value[0], code, at);
    if (!item.startsWith("[]")) return `[]${item}` as GoType;
  }
  switch (typeof value) {
    case "bigint":
      return "int64";
    case "number":
      return "float64";
    case "string":
      return "string";
    case "boolean":
      return "bool";
    default:
      if (value instanceof Uint8Array) return "[]uint8";
      throw new MachineryError(code, `${preview(value)} has no wire type of its own.`, {
        at,
        hint: "Declare the types when you register the task: registerTask(name, handler, { returns: [...] }).",
      });
  }
}
