import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isMap, isNode, isScalar, LineCounter, type Pair, parseDocument } from "yaml";
import { MachineryError } from "../errors.js";
import { type Field, type FieldPath, fields } from "./fields.js";
import { readObject, type Setting, type Source } from "./source.js";

const MAX_BYTES = 1024 * 1024;

/**
 * The settings in a YAML file (or the same in JSON).
 *
 * @throws MachineryError `ERR_CONFIG_READ` if it cannot be read; `ERR_CONFIG`, with the line, if it is not YAML or says what means
 * nothing. No text of the file is quoted, since any line may hold a password.
 */
export async function readConfigFile(path: string): Promise<Source> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    throw new MachineryError("ERR_CONFIG_READ", `the configuration file cannot be read (${code}).`, { at: path, cause });
  }
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new MachineryError("ERR_CONFIG_READ", "the configuration file is larger than 1 MiB.", { at: path });
  }
  return readConfigText(text, path);
}

/** @param path stands in error messages only */
export function readConfigText(text: string, path: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const line = (offset: number): string => `${path}:${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken !== undefined) {
    const hint = "Text with a colon at its end, or with a sign such as @, * or [ at its start, must be quoted.";
    throw new MachineryError("ERR_CONFIG", `this is not valid YAML (${broken.code}).`, { at: line(broken.pos[0]), hint });
  }
  const pairAt = (name: string): Pair | undefined => {
    const dot = name.lastIndexOf(".");
    const map = dot < 0 ? document.contents : document.getIn(name.slice(0, dot).split("."), true);
    return isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === name.slice(dot + 1)) : undefined;
  };
  const locate = (name: string): string => {
    const node = name === "" ? document.contents : pairAt(name)?.key;
    const place = isNode(node) && node.range ? line(node.range[0]) : path;
    return name === "" ? place : `${place} (${name})`;
  };
  let object: unknown;
  try {
    object = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new MachineryError("ERR_CONFIG", "the YAML has an alias that leads nowhere, or too many.", { at: path, cause });
  }
  const source = readObject(object, "file", dirname(path), locate);
  const settings = [...source.settings].map(([field, setting]): [FieldPath, Setting] => {
    return [field, { ...setting, value: coerce(setting.value, fields[field].kind, pairAt(setting.name)?.value) }];
  });
  return { ...source, settings: new Map(settings) };
}

/** Go decodes a scalar by the type of its field: a number may stand for text, and YAML 1.1's `yes` for true. */
function coerce(value: unknown, kind: Field["kind"], node: unknown): unknown {
  if (kind === "flag" && typeof value === "string") return flags.get(value.toLowerCase()) ?? value;
  if (kind !== "text" || (typeof value !== "number" && typeof value !== "boolean")) return value;
  return isScalar(node) && node.source !== undefined ? node.source : String(value);
}

const flags: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["y", true],
  ["on", true],
  ["no", false],
  ["n", false],
  ["off", false],
]);
