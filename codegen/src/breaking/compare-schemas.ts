import { printable, quote } from "../contract/diagnostics.js";
import type { Path } from "../contract/findings.js";
import { isObject } from "../contract/record.js";
import { referenced } from "../contract/references.js";
import type { JsonSchema, Model } from "../model.js";
import type { Changes, Flow } from "./changes.js";
import { compareFields } from "./compare-fields.js";
import { compareValues } from "./compare-values.js";

/** Where in a structured type a schema stands, and what flows through it. */
export interface SchemaPlace {
  readonly path: Path;
  /** What messages call it: `Size.width`. */
  readonly called: string;
  readonly flow: Flow;
  readonly changes: Changes;
}

/** The structured types of two contracts, compared as far as arguments and results reach them. */
export class SchemaComparison {
  readonly #before: ReadonlyMap<string, JsonSchema>;
  readonly #after: ReadonlyMap<string, JsonSchema>;
  readonly #changes: Changes;
  readonly #seen = new Set<string>();

  constructor(before: Model, after: Model, changes: Changes) {
    this.#before = new Map(before.defs.map(({ name, schema }) => [name, schema]));
    this.#after = new Map(after.defs.map(({ name, schema }) => [name, schema]));
    this.#changes = changes;
  }

  /** What has become of a schema's values; `path` is its place in the newer contract. */
  compare(was: JsonSchema, is: JsonSchema, path: Path, flow: Flow): void {
    const [then, now] = [nameOf(was), nameOf(is)];
    if (then !== now) {
      const message = `Here was ${then ?? "a schema of its own"}, and is ${now ?? "a schema of its own"}.`;
      this.#changes.add("TYPE_EXCHANGED", path, message, flow);
    }
    if (then !== undefined && now !== undefined) {
      const key = `${then} ${now} ${flow.direction} ${flow.migrated}`;
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
    }
    const at = now === undefined ? path : ["$defs", now];
    const older = then === undefined ? was : this.#before.get(then)!;
    const newer = now === undefined ? is : this.#after.get(now)!;
    this.#compareInside(older, newer, at, flow);
  }

  /** Types that have come or gone, and those whose words have changed. */
  compareNames(): void {
    for (const name of this.#before.keys()) {
      if (!this.#after.has(name)) this.#changes.add("TYPE_DELETED", ["$defs", name], `The type ${quote(name)} is gone.`);
    }
    for (const [name, schema] of this.#after) {
      const before = this.#before.get(name);
      if (before === undefined) this.#changes.add("TYPE_ADDED", ["$defs", name], `The type ${quote(name)} is new.`);
      else if (words(before) !== words(schema)) {
        this.#changes.add("DESCRIPTION_CHANGED", ["$defs", name], `The type ${quote(name)} is described in other words.`);
      }
    }
  }

  #compareInside(was: JsonSchema, is: JsonSchema, path: Path, flow: Flow): void {
    const place = { path, called: calledAt(path), flow, changes: this.#changes };
    if (!compareValues(was, is, place)) return;
    compareFields(was, is, place, (then, now, at) => this.compare(then, now, at, flow));
    for (const keyword of ["items", "additionalProperties"]) {
      const [then, now] = [was[keyword], is[keyword]];
      if (isObject(then) && isObject(now)) this.compare(then, now, [...path, keyword], flow);
    }
  }
}

/** `#/$defs/Order/properties/lines/items` as `Order.lines[]`. */
function calledAt([, type, ...path]: Path): string {
  let name = String(type);
  for (let i = 0; i < path.length; i++) {
    if (path[i] === "properties") name += `.${printable(String(path[++i])).slice(0, 40)}`;
    else name += path[i] === "items" ? "[]" : "{}";
  }
  return name;
}

function nameOf({ $ref }: JsonSchema): string | undefined {
  return typeof $ref === "string" ? referenced($ref) : undefined;
}

/** Everything in a schema that is for people, in one string. */
function words(schema: unknown): string {
  if (!isObject(schema)) return "";
  const own = ["title", "description", "deprecated", "examples"].map((keyword) => JSON.stringify(schema[keyword]) ?? "");
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const inside = properties.map(([name, property]) => {
    const told = words(property);
    return told === "" ? "" : `${name}:${told}`;
  });
  return [...own, ...inside.sort(), words(schema.items), words(schema.additionalProperties)].join("");
}
