import { type Field, type FieldPath, fieldPaths, fields } from "./fields.js";
import type { Setting, Source } from "./source.js";

/**
 * The settings in environment variables, under Machinery's names. A variable that is set to nothing counts as not set. A value that
 * cannot be read as what it should be is left as it is, for the validation to refuse.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>, folder: string): Source {
  const settings = new Map<FieldPath, Setting>();
  for (const path of fieldPaths) {
    const name = fields[path].env.find((variable) => env[variable] !== undefined && env[variable] !== "");
    if (name !== undefined) settings.set(path, { value: read(env[name]!, fields[path].kind, path), name, place: name });
  }
  return { settings, warnings: [], folder };
}

function read(text: string, kind: Field["kind"], path: FieldPath): unknown {
  switch (kind) {
    case "text":
      return text;
    case "integer":
      return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : text;
    case "flag":
      return flags.get(text) ?? text;
    case "arguments":
      return readArguments(text, path === "amqp.queueDeclareArgs");
  }
}

/** What Go's `strconv.ParseBool` takes. */
const flags: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false] as const),
]);

/**
 * `name:value,name:value`. Machinery keeps the values of a binding as strings, and a headers exchange compares them so; those of a
 * declaration it loses altogether, and RabbitMQ wants its numbers as numbers.
 */
function readArguments(text: string, typed: boolean): unknown {
  const entries: [string, unknown][] = [];
  for (const pair of text.split(",")) {
    const [name, value, ...more] = pair.split(":");
    if (value === undefined || more.length > 0) return text;
    entries.push([name!, typed && /^-?\d{1,15}$/.test(value) ? Number(value) : typed ? (flags.get(value) ?? value) : value]);
  }
  return Object.fromEntries(entries);
}
