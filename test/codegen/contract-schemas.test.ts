import test from "ava";
import { codes, lines, modelOf, withTypes } from "./contract-lines.js";

/** A type of one field, which starts in line 6, column 40. */
function withField(schema: string): string {
  return withTypes(`A: { type: object, properties: { f: ${schema} } }`);
}

const good = [
  "{ type: string }",
  "{ type: string, minLength: 1, maxLength: 1 }",
  '{ type: string, pattern: "^[a-z]+(-[a-z]+)*$", maxLength: 64 }',
  '{ type: string, pattern: "^(?=.*[a-z]).{8,64}$", maxLength: 64 }',
  "{ type: string, format: date-time }",
  "{ type: [string, 'null'], enum: [a, null] }",
  "{ type: integer, minimum: -1, maximum: 1, multipleOf: 1 }",
  "{ type: integer, format: uint64 }",
  "{ type: number, exclusiveMinimum: 0, maximum: 0.5 }",
  "{ type: boolean, const: true }",
  "{ type: array, items: { type: array, items: { type: number } }, minItems: 1, uniqueItems: true }",
  "{ type: object, additionalProperties: { type: string }, maxProperties: 3 }",
  "{ type: object, additionalProperties: false, required: [a], properties: { a: { type: string } } }",
  '{ $ref: "#/$defs/A", description: Another one., deprecated: true }',
  "{ type: string, title: T, description: D, $comment: C, examples: [x], deprecated: true }",
];

for (const schema of good) {
  test(`a field may be ${schema}`, (t) => {
    t.deepEqual(lines(withField(schema)), []);
  });
}

const bad: [schema: string, ...expected: string[]][] = [
  // Keywords
  [
    "{ type: object, requried: [a] }",
    '6:55 /$defs/A/properties/f/requried [ERR_SCHEMA_KEYWORD] "requried" is no keyword of a contract\'s schemas. Did you mean "required"?',
  ],
  [
    "{ oneOf: [] }",
    "[ERR_SCHEMA_TYPE] The schema does not say its type.",
    '[ERR_SCHEMA_KEYWORD] "oneOf" is no keyword of a contract\'s schemas. Use an object with optional fields',
  ],
  [
    "{ type: string, default: x }",
    '[ERR_SCHEMA_KEYWORD] "default" is no keyword of a contract\'s schemas. Nothing fills it in on the wire',
  ],
  ["{ type: object, unevaluatedProperties: false }", "[ERR_SCHEMA_KEYWORD] "],
  ["{ type: string, maxLength: { $data: 1/f } }", "[ERR_SCHEMA_VALUE] Expected an integer, not an object."],
  ["{ type: string, $id: 'http://evil/x' }", "[ERR_SCHEMA_KEYWORD] "],
  [
    "{ type: string, nullable: true }",
    '[ERR_SCHEMA_KEYWORD] "nullable" is no keyword of a contract\'s schemas. Write the type as [string, "null"].',
  ],
  [
    "{ type: object, properties: { a: { type: string } }, additionalProperties: { type: string } }",
    "[ERR_SCHEMA_KEYWORD] An object is either a record of named fields or a map",
  ],
  ['{ $ref: "#/$defs/A", type: object }', '[ERR_SCHEMA_KEYWORD] Beside $ref, "type" would change the type that is referred to.'],
  // Types
  ["{}", "[ERR_SCHEMA_TYPE] The schema does not say its type. Add a type, or a $ref to another schema."],
  ["{ properties: {} }", "[ERR_SCHEMA_TYPE] The schema does not say its type. Add type: object."],
  ["true", "[ERR_SCHEMA_VALUE] Expected an object, not true."],
  ["", "[ERR_SCHEMA_VALUE] Expected an object, not nothing."],
  ["{ type: strng }", '[ERR_SCHEMA_TYPE] "strng" is not known here. Did you mean "string"?'],
  ["{ type: [string, integer] }", '[ERR_SCHEMA_VALUE] Expected "null", not "integer". Only null may stand beside a type.'],
  ["{ type: array }", "[ERR_SCHEMA_TYPE] The array does not say what it holds."],
  ["{ type: integer, maxLength: 5 }", '[ERR_SCHEMA_TYPE] "maxLength" is for string; this schema\'s type is integer.'],
  ["{ type: array, items: { type: object, enum: [1] } }", "[ERR_SCHEMA_TYPE] ", "[ERR_SCHEMA_VALUE] "],
  // Values
  [
    "{ type: string, enum: [a, 1] }",
    "/enum/1 [ERR_SCHEMA_VALUE] 1 is not of the schema's type, string. Put it in quotation marks, or change the type.",
  ],
  ["{ type: integer, const: 1.5 }", "[ERR_SCHEMA_VALUE] 1.5 is not of the schema's type, integer."],
  ["{ type: string, enum: [] }", "[ERR_SCHEMA_VALUE] "],
  ["{ type: string, enum: [a, a] }", "[ERR_SCHEMA_VALUE] "],
  ["{ type: string, enum: [{}] }", "[ERR_SCHEMA_VALUE] "],
  ["{ type: string, maxLength: -1 }", "[ERR_SCHEMA_VALUE] -1 must be >= 0."],
  ["{ type: number, multipleOf: 0 }", "[ERR_SCHEMA_VALUE] 0 must be > 0."],
  ["{ type: number, maximum: 9007199254740993 }", '[ERR_YAML_VALUE] "9007199254740993" has more digits than a JSON number keeps.'],
  ["{ type: number, maximum: .inf }", '[ERR_YAML_VALUE] JSON has no number ".inf".'],
  [
    "{ type: integer, format: int64, minimum: 1 }",
    "[ERR_SCHEMA_KEYWORD] An integer of format int64 has all the values of its type",
  ],
  // Ranges
  [
    "{ type: string, minLength: 10, maxLength: 5 }",
    "6:70 /$defs/A/properties/f/maxLength [ERR_SCHEMA_RANGE] Nothing lies between minLength 10 and maxLength 5.",
  ],
  ["{ type: array, items: { type: string }, minItems: 2, maxItems: 1 }", "[ERR_SCHEMA_RANGE] "],
  ["{ type: number, minimum: 2, maximum: 1 }", "[ERR_SCHEMA_RANGE] "],
  ["{ type: number, exclusiveMinimum: 1, maximum: 1 }", "[ERR_SCHEMA_RANGE] "],
  ["{ type: object, minProperties: 2, maxProperties: 1 }", "[ERR_SCHEMA_RANGE] "],
  [
    "{ type: object, minProperties: 1, additionalProperties: false }",
    "[ERR_SCHEMA_RANGE] The object has 0 fields, fewer than minProperties 1.",
  ],
  [
    "{ type: object, maxProperties: 0, required: [a], properties: { a: { type: string } } }",
    "[ERR_SCHEMA_RANGE] More fields are required",
  ],
  // Formats
  ["{ type: string, format: datetime }", '[ERR_SCHEMA_FORMAT] "datetime" is not known here. Did you mean "date-time"?'],
  [
    "{ type: string, format: int64 }",
    '[ERR_SCHEMA_FORMAT] The format "int64" is for the type integer; this schema\'s type is string.',
  ],
  ["{ type: integer, format: uuid }", "[ERR_SCHEMA_FORMAT] "],
  // Fields
  [
    "{ type: object, properties: { __proto__: { type: string } } }",
    '[ERR_SCHEMA_KEY] A field "__proto__" could reach the prototype of a JavaScript object.',
  ],
  ["{ type: object, properties: { constructor: { type: string } } }", "[ERR_SCHEMA_KEY] "],
  ["{ type: object, properties: { prototype: { type: string } } }", "[ERR_SCHEMA_KEY] "],
  ['{ type: object, properties: { "a\\u202eb": { type: string } } }', '[ERR_SCHEMA_KEY] "a\\u{202e}b" is no name for a field.'],
  ['{ type: object, properties: { "": { type: string } } }', "[ERR_SCHEMA_KEY] "],
  [
    "{ type: object, properties: { width: { type: string } }, required: [widht] }",
    '/required/0 [ERR_SCHEMA_REQUIRED] The object has no field "widht" that could be required. Did you mean "width"?',
  ],
  ["{ type: object, required: [toString] }", "[ERR_SCHEMA_REQUIRED] "],
  // Patterns
  ['{ type: string, maxLength: 99, pattern: "(" }', '[ERR_PATTERN] "(" is no regular expression: Unterminated group.'],
  ['{ type: string, maxLength: 99, pattern: "(a)\\\\1" }', '[ERR_PATTERN_SLOW] "(a)\\\\1" has parts that cannot be checked'],
  ['{ type: string, pattern: "^a$" }', "[ERR_PATTERN_SLOW] A string with a pattern needs a maxLength."],
  [
    '{ type: string, maxLength: 9999, pattern: "^.*,.*,.*$" }',
    "could take 1e+12 steps on a string of 9999 characters. Begin it with ^",
  ],
  [
    '{ type: string, maxLength: 99, pattern: "^(a+)+$" }',
    '[ERR_PATTERN_SLOW] "^(a+)+$" could take a time that doubles with every character',
  ],
  [`{ type: string, maxLength: 9, pattern: "${"a".repeat(513)}" }`, "[ERR_SCHEMA_VALUE] "],
  // References
  ['{ $ref: "http://evil/x" }', "[ERR_REF_REMOTE] "],
  ['{ $ref: "#" }', "[ERR_REF] "],
  ['{ $ref: "#/$defs/B" }', "[ERR_REF_MISSING] There is no B under $defs. There are A."],
];

for (const [schema, ...expected] of bad) {
  test(`a field cannot be ${schema.slice(0, 100)}`, (t) => {
    const told = lines(withField(schema));
    t.is(told.length, expected.length, told.join("\n"));
    for (const [index, part] of expected.entries()) t.true(told[index]!.includes(part), told[index]);
  });
}

test("a pattern that would be code elsewhere is only a pattern", (t) => {
  t.deepEqual(lines(withField("{ type: string, maxLength: 20, pattern: '/`x`/g;evil()' }")), []);
});

test("a type may contain itself where a value can end", (t) => {
  t.deepEqual(
    lines(
      withTypes(
        `
Tree: { type: object, required: [children], properties: { children: { type: array, items: { $ref: "#/$defs/Tree" } } } }
List: { type: object, properties: { next: { $ref: "#/$defs/List" } } }
Table: { type: object, additionalProperties: { $ref: "#/$defs/Table" } }
Left: { type: object, required: [right], properties: { right: { $ref: "#/$defs/Right" } } }
Right: { type: object, properties: { left: { $ref: "#/$defs/Left" } } }
`,
      ),
    ),
    [],
  );
});

test("a type that no value could end is told with the way back to it, once", (t) => {
  t.deepEqual(
    lines(
      withTypes(`
Self: { type: object, required: [self], properties: { self: { $ref: "#/$defs/Self" } } }
Left: { type: object, required: [right], properties: { right: { $ref: "#/$defs/Right" } } }
Right: { type: array, minItems: 1, items: { $ref: "#/$defs/Left" } }
Table: { type: object, minProperties: 1, additionalProperties: { $ref: "#/$defs/Table" } }
Outside: { type: object, required: [left], properties: { left: { $ref: "#/$defs/Left" } } }
`),
    ),
    [
      "7:3 /$defs/Self [ERR_REF_CYCLE] No value of this type could ever end: Self -> Self. Leave a field of the circle out of required, or let an array in it be empty.",
      "8:3 /$defs/Left [ERR_REF_CYCLE] No value of this type could ever end: Left -> Right -> Left. Leave a field of the circle out of required, or let an array in it be empty.",
      "10:3 /$defs/Table [ERR_REF_CYCLE] No value of this type could ever end: Table -> Table. Leave a field of the circle out of required, or let an array in it be empty.",
    ],
  );
  t.deepEqual(codes(withTypes('A: { $ref: "#/$defs/B" }\nB: { $ref: "#/$defs/A" }')), ["ERR_REF_CYCLE"]);
});

test("a definition is a type of its own", (t) => {
  t.deepEqual(lines(withTypes('A: { $ref: "#/$defs/B" }\nB: { type: object }')), [
    "6:3 /$defs/A [ERR_SCHEMA_TYPE] A is only another name for a type. Refer to that type where it is used, and remove this one.",
  ]);
});

test("fields may be called like keywords", (t) => {
  const schema = {
    type: "object",
    required: ["type"],
    properties: { type: { type: "string" }, description: { type: "integer" }, $ref: { type: "string" } },
  };
  const model = modelOf(withTypes(`A: ${JSON.stringify(schema)}`));
  t.deepEqual(model.defs[0]!.schema, schema);
});
