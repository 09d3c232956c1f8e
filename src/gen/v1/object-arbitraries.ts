import { equal, type FormatName, formats } from "./validate.js";

/** What is used of fast-check, 4 or later: `import * as fc from "fast-check"`. */
export interface FastCheck {
  array(items: any, constraints?: any): any;
  bigInt(constraints: any): any;
  boolean(): any;
  constant(value: any): any;
  constantFrom(...values: any[]): any;
  createDepthIdentifier(): any;
  date(constraints?: any): any;
  dictionary(keys: any, values: any, constraints?: any): any;
  domain(): any;
  double(constraints?: any): any;
  emailAddress(): any;
  float(constraints?: any): any;
  integer(constraints?: any): any;
  ipV4(): any;
  ipV6(): any;
  letrec(builder: (tie: any) => any): any;
  oneof(...values: any[]): any;
  option(value: any, constraints?: any): any;
  record(model: any): any;
  string(constraints?: any): any;
  stringMatching(pattern: RegExp, constraints?: any): any;
  tuple(...values: any[]): any;
  uint8Array(): any;
  uniqueArray(items: any, constraints?: any): any;
  uuid(): any;
  webUrl(): any;
}

/** A structured type's schema: the contract's part of JSON Schema. */
export interface Schema {
  readonly [keyword: string]: any;
}

/** The contract's structured types, by name. */
export interface Schemas {
  readonly [name: string]: Schema;
}

/** Structured types that hold themselves end here, at the latest. */
const maxDepth = 3;
/** What an optional field that is left out has for a value, on its way. */
const absent = Symbol("absent");
/** A contract's fields cannot be called so, since they could reach a prototype. */
const forbidden = new Set(["__proto__", "constructor", "prototype"]);

/** The arbitraries of a contract's structured types, which may hold each other and themselves. */
export class ObjectArbitraries {
  readonly #fc: FastCheck;
  readonly #types: { readonly [name: string]: any };
  /** Shared by all of them: the deeper a value gets, the smaller is what it may still hold. */
  readonly #depth: any;

  constructor(fc: FastCheck, schemas: Schemas) {
    this.#fc = fc;
    this.#depth = fc.createDepthIdentifier();
    this.#types = fc.letrec((tie) =>
      Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, this.#any(schema, tie)])),
    );
  }

  of(name: string): any {
    return this.#types[name];
  }

  #any(schema: Schema, tie: (name: string) => any): any {
    const { $ref, type } = schema;
    if (typeof $ref === "string") return tie($ref.slice("#/$defs/".length));
    if (schema.const !== undefined) return this.#fc.constant(schema.const);
    if (schema.enum !== undefined) return this.#fc.constantFrom(...schema.enum);
    if (!Array.isArray(type)) return this.#typed(type, schema, tie);
    const constraints = { nil: null, depthIdentifier: this.#depth, maxDepth };
    return this.#fc.option(this.#typed(type[0], schema, tie), constraints);
  }

  #typed(type: string, schema: Schema, tie: (name: string) => any): any {
    switch (type) {
      case "null":
        return this.#fc.constant(null);
      case "boolean":
        return this.#fc.boolean();
      case "integer":
        return this.#integer(schema);
      case "number":
        return this.#number(schema);
      case "string":
        return this.#string(schema);
      case "array":
        return this.#list(schema, tie);
      default:
        return this.#object(schema, tie);
    }
  }

  #integer({ format, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf: step = 1 }: Schema): any {
    if (format === "int64") return this.#fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    if (format === "uint64") return this.#fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const low = Math.max(minimum ?? Number.MIN_SAFE_INTEGER, (exclusiveMinimum ?? Number.NEGATIVE_INFINITY) + 1);
    const high = Math.min(maximum ?? Number.MAX_SAFE_INTEGER, (exclusiveMaximum ?? Number.POSITIVE_INFINITY) - 1);
    const whole = Number.isInteger(step) ? step : 1;
    const fits = (value: number) => value > (exclusiveMinimum ?? Number.NEGATIVE_INFINITY) && Number.isInteger(value / step);
    return this.#fc
      .integer({ min: Math.ceil(Math.max(low, Number.MIN_SAFE_INTEGER) / whole), max: Math.floor(high / whole) })
      .map((count: number) => count * whole)
      .filter(fits);
  }

  #number({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf: step }: Schema): any {
    const min = Math.max(minimum ?? -Number.MAX_VALUE, exclusiveMinimum ?? -Number.MAX_VALUE);
    const max = Math.min(maximum ?? Number.MAX_VALUE, exclusiveMaximum ?? Number.MAX_VALUE);
    if (step !== undefined) {
      const bounded = (bound: number) => Math.min(Math.max(bound, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
      return this.#fc
        .integer({ min: Math.ceil(bounded(min / step)), max: Math.floor(bounded(max / step)) })
        .map((count: number) => count * step)
        .filter((value: number) => Number.isInteger(value / step) && value !== exclusiveMinimum && value !== exclusiveMaximum);
    }
    const excluded = { minExcluded: min === exclusiveMinimum, maxExcluded: max === exclusiveMaximum };
    return this.#fc.double({ min, max, ...excluded, noNaN: true, noDefaultInfinity: true });
  }

  #string({ format, pattern, minLength = 0, maxLength }: Schema): any {
    const fits = (text: string) => {
      const { length } = [...text];
      return (
        length >= minLength && length <= (maxLength ?? length) && (pattern === undefined || new RegExp(pattern, "u").test(text))
      );
    };
    if (format !== undefined)
      return this.#formatted(format).filter((text: string) => formats[format as FormatName](text) && fits(text));
    if (pattern !== undefined) return this.#fc.stringMatching(new RegExp(pattern, "u")).filter(fits);
    return this.#fc.string({ unit: "binary", minLength, ...(maxLength !== undefined && { maxLength }) });
  }

  #formatted(format: string): any {
    const fc = this.#fc;
    // RFC 3339 has four digits for a year.
    const date = fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true });
    switch (format) {
      case "date":
        return date.map((value: Date) => value.toISOString().slice(0, 10));
      case "date-time":
        return date.map((value: Date) => value.toISOString());
      case "time":
        return date.map((value: Date) => value.toISOString().slice(11));
      case "duration":
        return fc.integer({ min: 0, max: 10 ** 9 }).map((seconds: number) => `PT${seconds}S`);
      case "email":
        return fc.emailAddress();
      case "hostname":
        return fc.domain();
      case "ipv4":
        return fc.ipV4();
      case "ipv6":
        return fc.ipV6();
      case "uri":
        return fc.webUrl();
      default:
        return fc.uuid();
    }
  }

  #list({ items, minItems: minLength = 0, maxItems: maxLength, uniqueItems }: Schema, tie: (name: string) => any): any {
    const constraints = { minLength, ...(maxLength !== undefined && { maxLength }), depthIdentifier: this.#depth };
    const each = this.#any(items, tie);
    const list =
      uniqueItems === true ? this.#fc.uniqueArray(each, { ...constraints, comparator: equal }) : this.#fc.array(each, constraints);
    return this.#orNothing(minLength, () => [], list);
  }

  /** Deep inside, the empty value, where that is allowed. */
  #orNothing(least: number, empty: () => unknown, many: any): any {
    if (least > 0) return many;
    return this.#fc.oneof({ depthIdentifier: this.#depth, maxDepth }, this.#fc.constant(null).map(empty), {
      weight: 4,
      arbitrary: many,
    });
  }

  #object(schema: Schema, tie: (name: string) => any): any {
    const { properties = {}, required = [], additionalProperties = true, minProperties = 0, maxProperties } = schema;
    const names = Object.keys(properties);
    const most = maxProperties ?? Number.POSITIVE_INFINITY;
    if (names.length === 0 && additionalProperties !== false) return this.#map(schema, tie);
    const fields = names.map((name) => {
      const value = this.#any(properties[name], tie);
      return [
        name,
        required.includes(name) ? value : this.#fc.option(value, { nil: absent, depthIdentifier: this.#depth, maxDepth }),
      ];
    });
    return this.#fc
      .record(Object.fromEntries(fields))
      .map((value: object) => Object.fromEntries(Object.entries(value).filter(([, field]) => field !== absent)))
      .filter((value: object) => {
        const count = Object.keys(value).length;
        return count >= Math.min(minProperties, names.length) && count <= most;
      })
      .map((value: object) => padded(value, minProperties));
  }

  /** An object of any names. */
  #map({ additionalProperties, minProperties: minKeys = 0, maxProperties: maxKeys }: Schema, tie: (name: string) => any): any {
    const fc = this.#fc;
    const keys = fc.string({ unit: "binary", maxLength: 100 }).filter((key: string) => !forbidden.has(key));
    const values = typeof additionalProperties === "object" ? this.#any(additionalProperties, tie) : fc.string({ unit: "binary" });
    const constraints = { minKeys, ...(maxKeys !== undefined && { maxKeys }), noNullPrototype: true, depthIdentifier: this.#depth };
    return this.#orNothing(minKeys, () => ({}), fc.dictionary(keys, values, constraints));
  }
}

/** With fields that the schema does not name, where it asks for more than it names. */
function padded(value: object, least: number): object {
  const fields = Object.entries(value);
  for (let i = 1; fields.length < least; i++) fields.push([`further${i}`, ""]);
  return Object.fromEntries(fields);
}
