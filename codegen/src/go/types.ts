import type { JsonSchema, Model } from "../model.js";
import { importLines } from "./library.js";
import { type Declarations, exportedName } from "./names.js";
import { goComment } from "./text.js";

/**
 * `types.go`: the structured types, as structs where a struct is what they are in Go, else as `json.RawMessage`; and how both come to
 * and from the strings that they are on the wire.
 */
export function typesFile(model: Model, declarations: Declarations): string[] {
  const types = new Types(model, declarations);
  return [
    ...importLines(['"encoding/json"'], []),
    ...types.lines(),
    "func encode(value interface{}) (string, error) {",
    "\ttext, err := json.Marshal(value)",
    "\treturn string(text), err",
    "}",
    "",
    "func decode(text string, into interface{}) error {",
    "\treturn json.Unmarshal([]byte(text), into)",
    "}",
  ];
}

/** The declarations of each structured type, by its name. */
export function goTypes(model: Model, declarations: Declarations): ReadonlyMap<string, readonly string[]> {
  const types = new Types(model, declarations);
  return new Map(model.defs.map(({ name }) => [name, types.linesOf(name)]));
}

/** Names that can stand in a struct's tag as they are. */
const plainKey = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const raw = "json.RawMessage";

interface Field {
  readonly name: string;
  readonly type: string;
  readonly tag: string;
  readonly comment: readonly string[];
}

class Types {
  readonly #model: Model;
  readonly #declarations: Declarations;
  readonly #declared: string[] = [];
  /** The name under `$defs` of the type that is being declared, with all that is inside it. */
  #root = "";

  constructor(model: Model, declarations: Declarations) {
    this.#model = model;
    this.#declarations = declarations;
  }

  lines(): string[] {
    for (const { name } of this.#model.defs) this.linesOf(name);
    return this.#declared;
  }

  /** One type, with those that it needs for itself. */
  linesOf(name: string): string[] {
    const { schema } = this.#model.defs.find((def) => def.name === name)!;
    const from = this.#declared.length;
    this.#root = name;
    this.#declare(exportedName(name), schema, `the type ${name}`);
    return this.#declared.slice(from);
  }

  #declare(go: string, schema: JsonSchema, owner: string): void {
    this.#declarations.add(go, owner);
    const comment = goComment(`${go} is ${owner}.`, prose(schema));
    const at = this.#declared.length;
    const fields = this.#fields(go, schema, owner);
    const text =
      fields === undefined
        ? [`type ${go} = ${schema.type === "object" ? this.#map(go, schema, owner) : this.#type(go, schema, owner)}`]
        : fields.length === 0
          ? [`type ${go} struct{}`]
          : [`type ${go} struct {`, ...aligned(fields), "}"];
    // What a struct needs stands behind it.
    this.#declared.splice(at, 0, ...comment, ...text, "");
  }

  /** The fields of an object; nothing where it is no struct in Go. */
  #fields(go: string, schema: JsonSchema, owner: string): Field[] | undefined {
    const { type, properties, required, additionalProperties } = schema;
    if (type !== "object" || !isStruct(schema)) return undefined;
    if (isSchema(additionalProperties)) return undefined;
    const names = Array.isArray(required) ? (required as string[]) : [];
    return Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([key, property]) => {
      const name = exportedName(key);
      const needed = names.includes(key);
      const inner = this.#type(`${go}${name}`, property, `the field ${key} of ${owner}`);
      const nullable = isNullable(property) || (needed ? this.#leadsBack(property) : true);
      const pointed = nullable && !/^(?:\*|\[\]|map\[|json\.)/.test(inner) ? `*${inner}` : inner;
      const tag = `\`json:"${key}${needed ? "" : ",omitempty"}"\``;
      const described = prose(property);
      return { name, type: pointed, tag, comment: described === undefined ? [] : goComment(`${name}:`, described, "\t") };
    });
  }

  /** The Go type of a schema; `go` is what it is called if it must be declared. */
  #type(go: string, schema: JsonSchema, owner: string): string {
    const { $ref, type, format, items } = schema;
    if (typeof $ref === "string") return exportedName($ref.slice("#/$defs/".length));
    const types = (Array.isArray(type) ? type : [type]).filter((one) => one !== "null");
    if (types.length !== 1) return raw;
    switch (types[0]) {
      case "string":
        return "string";
      case "boolean":
        return "bool";
      case "number":
        return "float64";
      case "integer":
        return format === "uint64" ? "uint64" : "int64";
      case "array":
        return isSchema(items) ? `[]${this.#element(go, items, owner)}` : raw;
      case "object": {
        const object = { ...schema, type: "object" };
        if (!isStruct(object)) return this.#map(go, object, owner);
        this.#declare(go, object, owner);
        return go;
      }
      default:
        return raw;
    }
  }

  #element(go: string, schema: JsonSchema, owner: string): string {
    const inner = this.#type(`${go}Item`, schema, `the items of ${owner}`);
    return isNullable(schema) && !/^(?:\[\]|map\[|json\.)/.test(inner) ? `*${inner}` : inner;
  }

  /** An object without fields of its own is a map; one that a struct would not hold is JSON. */
  #map(go: string, { properties, additionalProperties }: JsonSchema, owner: string): string {
    if (properties !== undefined || !isSchema(additionalProperties)) return raw;
    return `map[string]${this.#element(go, additionalProperties, owner)}`;
  }

  /** Whether a struct would hold itself: Go has no such struct, so that a pointer must stand between. */
  #leadsBack({ $ref, properties }: JsonSchema, seen = new Set<string>()): boolean {
    if (typeof $ref === "string") {
      const name = $ref.slice("#/$defs/".length);
      if (name === this.#root) return true;
      const def = this.#model.defs.find((one) => one.name === name);
      if (def === undefined || seen.has(name)) return false;
      return this.#leadsBack(def.schema, seen.add(name));
    }
    return Object.values((properties ?? {}) as Record<string, JsonSchema>).some((one) => this.#leadsBack(one, seen));
  }
}

function isStruct({ properties, additionalProperties }: JsonSchema): boolean {
  if (isSchema(additionalProperties)) return false;
  const keys = Object.keys((properties ?? {}) as object);
  return keys.every((key) => plainKey.test(key)) && new Set(keys.map(exportedName)).size === keys.length;
}

function isNullable({ type }: JsonSchema): boolean {
  return Array.isArray(type) && type.includes("null");
}

function prose({ title, description = title }: JsonSchema): string | undefined {
  return typeof description === "string" && description.trim() !== "" ? description : undefined;
}

/** Fields as gofmt puts them: names and types of lines that follow each other in columns of their own. */
function aligned(fields: readonly Field[]): string[] {
  const lines: string[] = [];
  let from = 0;
  while (from < fields.length) {
    let to = from + 1;
    while (to < fields.length && fields[to]!.comment.length === 0) to++;
    const block = fields.slice(from, to);
    const nameWidth = Math.max(...block.map(({ name }) => name.length));
    const typeWidth = Math.max(...block.map(({ type }) => type.length));
    for (const { name, type, tag, comment } of block) {
      lines.push(...comment, `\t${name.padEnd(nameWidth)} ${type.padEnd(typeWidth)} ${tag}`);
    }
    from = to;
  }
  return lines;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
