import type { Definition, JsonSchema } from "../model.js";
import { code } from "./code.js";
import { type Html, html, type Part } from "./html.js";
import { inline, prose } from "./prose.js";
import type { TypeTexts } from "./type-text.js";

/** One structured type: its fields with their bounds, and what it is in both languages. */
export function typeSection({ name, identifier, schema }: Definition, texts: TypeTexts): Html {
  const { title, description = title, deprecated } = schema as Record<string, string | undefined>;
  const rows = fieldRows(schema);
  const ts = texts.ts.get(identifier);
  const go = texts.go.get(name);
  return html`
<section class="entry" id="type-${name}" data-search="${`${name} ${description ?? ""}`.toLowerCase()}">
<h3><a href="#type-${name}">${name}</a>${deprecated === undefined ? undefined : html` <span class="badge">deprecated</span>`}</h3>
${prose(description)}
${
  rows.length === 0
    ? html`<p class="none">${typeText(schema)}</p>`
    : html`<div class="scroll"><table><thead><tr><th>field</th><th>type</th><th>bounds</th><th>description</th></tr></thead><tbody>${rows}</tbody></table></div>`
}
<div class="pair">${ts === undefined ? undefined : html`<div><h4>TypeScript</h4>${code(ts, "ts")}</div>`}${go === undefined ? undefined : html`<div><h4>Go</h4>${code(go, "go")}</div>`}</div>
</section>`;
}

/** The fields of an object, those of objects within it by `outer.inner`. */
function fieldRows({ properties, required }: JsonSchema, prefix = ""): Html[] {
  const needed = Array.isArray(required) ? (required as string[]) : [];
  return Object.entries((properties ?? {}) as Record<string, JsonSchema>).flatMap(([key, field]) => [
    html`
<tr><td><code>${prefix}${key}</code>${needed.includes(key) ? undefined : html` <span class="badge">optional</span>`}</td>
<td>${typeText(field)}</td><td>${bounds(field)}</td><td>${typeof field.description === "string" ? inline(field.description) : undefined}</td></tr>`,
    ...fieldRows(field, `${prefix}${key}.`),
  ]);
}

function typeText(schema: JsonSchema): Part {
  const { $ref, type, format, items, additionalProperties, properties } = schema;
  if (typeof $ref === "string") {
    const name = $ref.slice("#/$defs/".length);
    return html`<a href="#type-${name}"><code>${name}</code></a>`;
  }
  const types = Array.isArray(type) ? (type as string[]) : [String(type)];
  const [first = ""] = types;
  const nullable = types.includes("null") && first !== "null" ? " or null" : "";
  if (first === "array" && isSchema(items)) return html`list of ${typeText(items)}${nullable}`;
  if (first === "object" && properties === undefined && isSchema(additionalProperties))
    return html`map to ${typeText(additionalProperties)}${nullable}`;
  return html`${first}${typeof format === "string" ? html` <code>${format}</code>` : undefined}${nullable}`;
}

const words: readonly (readonly [keyword: string, before: string])[] = [
  ["minimum", "≥ "],
  ["exclusiveMinimum", "> "],
  ["maximum", "≤ "],
  ["exclusiveMaximum", "< "],
  ["multipleOf", "multiple of "],
  ["minLength", "length ≥ "],
  ["maxLength", "length ≤ "],
  ["minItems", "items ≥ "],
  ["maxItems", "items ≤ "],
  ["minProperties", "fields ≥ "],
  ["maxProperties", "fields ≤ "],
];

function bounds(schema: JsonSchema): Part {
  const facts: Part[] = words.flatMap(([keyword, before]) =>
    schema[keyword] === undefined ? [] : [`${before}${String(schema[keyword])}`],
  );
  if (schema.const !== undefined) facts.push(html`always <code>${JSON.stringify(schema.const)}</code>`);
  if (Array.isArray(schema.enum))
    facts.push(html`one of ${schema.enum.map((value, i) => [i === 0 ? "" : ", ", html`<code>${JSON.stringify(value)}</code>`])}`);
  if (typeof schema.pattern === "string") facts.push(html`matches <code>${schema.pattern}</code>`);
  if (schema.uniqueItems === true) facts.push("each once");
  if (schema.additionalProperties === false) facts.push("no other fields");
  return facts.map((fact, i) => [i === 0 ? "" : "; ", fact]);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
