import { Ajv2020 } from "ajv/dist/2020.js";
import test from "ava";
import fc from "fast-check";
import { contractErrorCodes, formatDiagnostics } from "machinery-ts-codegen";
import { parse, stringify } from "yaml";
import { fileText, load, withTypes } from "./contract-lines.js";

const tasks = fileText("schema/tasks.yaml");

/** Whatever the text: no throw, a model or an error, and every diagnostic at a place that exists. */
function holds(text: string): boolean {
  const { model, diagnostics } = load(text);
  const lineCount = text.split("\n").length;
  formatDiagnostics(diagnostics);
  return (
    (model === undefined) === diagnostics.some(({ severity }) => severity === "error") &&
    diagnostics.every(
      ({ code, line, column, message, hint }) =>
        code in contractErrorCodes && line >= 1 && line <= lineCount && column >= 1 && message !== "" && hint !== undefined,
    )
  );
}

test("any text", (t) => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), holds));
  t.pass();
});

test("the contract of this repository with some characters changed", (t) => {
  const edit = fc.record({
    at: fc.nat(tasks.length),
    remove: fc.nat(20),
    insert: fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom(": ", "- ", "[", "{", "*x", "&x ", "!t ", "#", "'", '"', "\n", "\t", "|"),
    ),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) =>
      holds(edits.reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), tasks)),
    ),
    { numRuns: 80 },
  );
  t.pass();
});

test("the contract of this repository with some values replaced by any other", (t) => {
  const pointers = pointersOf(parse(tasks));
  const change = fc.record({ at: fc.constantFrom(...pointers), value: fc.jsonValue({ maxDepth: 3 }), key: fc.option(fc.string()) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const contract = parse(tasks);
      for (const { at, value, key } of changes) replace(contract, at, value, key);
      return holds(stringify(contract, { aliasDuplicateObjects: false }));
    }),
    { numRuns: 80 },
  );
  t.pass();
});

test("a schema that is accepted compiles under AJV's strict mode", (t) => {
  const schema = fc.letrec((tie) => ({
    node: fc
      .record(
        {
          type: fc.constantFrom("object", "array", "string", "integer", "number", "boolean", ["string", "null"]),
          items: tie("node"),
          properties: fc.dictionary(fc.constantFrom("a", "b", "toString", "x-y"), tie("node"), { maxKeys: 3 }),
          required: fc.subarray(["a", "b", "c"]),
          additionalProperties: fc.oneof({ depthSize: "small" }, fc.boolean(), tie("node")),
          enum: fc.array(fc.oneof(fc.integer(), fc.constantFrom("a", "b", null, true)), { maxLength: 2 }),
          minimum: fc.integer({ min: -2, max: 2 }),
          exclusiveMaximum: fc.integer({ min: -2, max: 2 }),
          minLength: fc.nat(3),
          maxLength: fc.nat(3),
          pattern: fc.constantFrom("^a$", "(a+)+$", "[a-z]", "("),
          format: fc.constantFrom("date-time", "int64"),
          $ref: fc.constantFrom("#/$defs/A", "#/$defs/B"),
        },
        { requiredKeys: ["type"] },
      )
      .map(mostlyFitting),
  })).node;
  let accepted = 0;
  fc.assert(
    fc.property(schema, (node) => {
      const { model } = load(withTypes(`A: ${JSON.stringify(node)}`));
      if (model === undefined) return;
      accepted++;
      const ajv = new Ajv2020({ strict: true, formats: { "date-time": true, int64: true } });
      ajv.compile({ $defs: Object.fromEntries(model.defs.map(({ name, schema }) => [name, schema])), $ref: "#/$defs/A" });
    }),
    { numRuns: 200 },
  );
  t.true(accepted > 10, `${accepted} accepted`);
});

const keywordsOf: Record<string, readonly string[]> = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items"],
  string: ["minLength", "maxLength", "pattern", "format", "enum"],
  integer: ["minimum", "exclusiveMaximum", "format", "enum"],
  number: ["minimum", "exclusiveMaximum"],
  boolean: [],
};

/** Keywords of other types are dropped, lest nothing were ever accepted. */
function mostlyFitting(node: Record<string, unknown>): Record<string, unknown> {
  const fitting = keywordsOf[String([node.type].flat()[0])]!;
  return Object.fromEntries(Object.entries(node).filter(([keyword]) => keyword === "type" || fitting.includes(keyword)));
}

type Pointer = readonly (string | number)[];

function pointersOf(value: unknown, at: Pointer = []): Pointer[] {
  if (typeof value !== "object" || value === null) return [at];
  return [...(at.length === 0 ? [] : [at]), ...Object.entries(value).flatMap(([key, member]) => pointersOf(member, [...at, key]))];
}

function replace(root: any, at: Pointer, value: unknown, key: string | null): void {
  const parent = at.slice(0, -1).reduce((node, part) => node?.[part], root);
  if (typeof parent !== "object" || parent === null) return;
  Object.defineProperty(parent, key ?? at.at(-1)!, { value, enumerable: true, configurable: true, writable: true });
}
