/** What a pair of contracts gives: `LEVEL RULE`, the way that it flows, and who must be deployed first. */
type Expected = `${string} ${string}`;

export interface Pair {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  /** All of it, in the order of the report. */
  readonly expected: readonly Expected[];
}

/** Contracts from their tasks; the types are under `$defs` at the end. */
function pair(title: string, before: string, after: string, ...expected: Expected[]): Pair {
  return { title, before, after, expected };
}

/** A task `t` with these arguments, or these results. */
const args = (list: string): string => `tasks: { t: { args: [${list}] } }`;
const returns = (list: string): string => `tasks: { t: { returns: [${list}] } }`;
const policy = (text: string): string => `tasks: { t: { policy: {${text}} } }`;

/** A type with one field, as an argument and as a result. */
const field = (schema: string, more = "", use = "args"): string =>
  `tasks: { t: { ${use}: [{ name: a, type: { $ref: "#/$defs/A" } }] } }\n$defs: { A: { type: object, properties: { x: ${schema} }${more} } }`;
const result = (schema: string, more = ""): string => field(schema, more, "returns");
const object = (schema: string, use = "args"): string =>
  `tasks: { t: { ${use}: [{ name: a, type: { $ref: "#/$defs/A" } }] } }\n$defs: { A: { type: object, ${schema} } }`;

const x = "{ name: x, type: int64 }";
const y = "{ name: y, type: int64 }";
const s = "{ name: s, type: string }";
const many = "{ name: more, type: int64, variadic: true }";

export const pairs: readonly Pair[] = [
  pair("nothing", args(x), args(x)),
  pair("layout, comments and the order of tasks", "tasks: { t: {}, u: {} }", "# new\ntasks:\n  u: {}\n  t: {}\n"),
  pair(
    "other words",
    "tasks: { t: { description: One. } }",
    "tasks: { t: { description: Two. } }",
    "SAFE DESCRIPTION_CHANGED - either",
  ),
  pair("another package", "package: p\ntasks: { t: {} }", "package: q\ntasks: { t: {} }", "SOURCE PACKAGE_RENAMED - either"),
  pair("stable no more", "tasks: { t: {} }", "unstable: true\ntasks: { t: {} }", "POLICY PACKAGE_UNSTABLE - either"),

  pair("imports, which are the project's own", "tasks: { t: {} }", "imports: [./other.yaml]\ntasks: { t: {} }"),

  // Tasks
  pair("a task is added", "tasks: { t: {} }", "tasks: { t: {}, u: {} }", "SAFE TASK_ADDED arguments workers"),
  pair("a task is deleted", "tasks: { t: {}, u: {} }", "tasks: { t: {} }", "WIRE TASK_DELETED arguments senders"),
  pair(
    "a task is renamed",
    "tasks: { t: {} }",
    "tasks: { u: {} }",
    "WIRE TASK_DELETED arguments senders",
    "SAFE TASK_ADDED arguments workers",
  ),
  pair(
    "a task is renamed, with an alias",
    "tasks: { t: {} }",
    "tasks: { u: { aliases: [t] } }",
    "SOURCE TASK_RENAMED arguments workers",
  ),
  pair("an alias is removed", "tasks: { u: { aliases: [t] } }", "tasks: { u: {} }", "WIRE TASK_ALIAS_DELETED arguments senders"),
  pair(
    "a deleted name is reserved",
    "tasks: { t: {}, u: {} }",
    "tasks: { u: {} }\nreserved: { tasks: [t] }",
    "WIRE TASK_DELETED arguments senders",
  ),
  pair(
    "a reserved name comes back",
    "tasks: { t: {} }\nreserved: { tasks: [u] }",
    "tasks: { t: {}, u: {} }",
    "WIRE RESERVED_NAME_USED arguments neither",
    "SAFE TASK_ADDED arguments workers",
  ),
  pair(
    "a reserved name is released",
    "tasks: { t: {} }\nreserved: { tasks: [u] }",
    "tasks: { t: {} }",
    "POLICY RESERVED_NAME_RELEASED - either",
  ),
  pair(
    "names on the wire get the package",
    "package: p\ntasks: { t: {} }",
    "package: p\nwire_names: package\ntasks: { t: {} }",
    "WIRE TASK_WIRE_NAME_CHANGED arguments neither",
  ),
  pair(
    "names on the wire get the package, with aliases",
    "package: p\ntasks: { t: {} }",
    "package: p\nwire_names: package\ntasks: { t: { aliases: [t] } }",
    "SAFE TASK_FORMER_WIRE_NAME arguments workers",
  ),

  // Arguments
  pair("an argument is added", args(x), args(`${x}, ${y}`), "WIRE ARGUMENT_ADDED arguments neither"),
  pair("an argument is added before another", args(x), args(`${s}, ${x}`), "WIRE ARGUMENT_ADDED arguments neither"),
  pair("an argument is deleted", args(`${x}, ${y}`), args(x), "WIRE ARGUMENT_DELETED arguments neither"),
  pair(
    "an argument that may be left out is added",
    args(x),
    args(`${x}, ${many}`),
    "SOURCE ARGUMENT_ADDED_VARIADIC arguments workers",
  ),
  pair("the variadic argument is deleted", args(`${x}, ${many}`), args(x), "WIRE ARGUMENT_DELETED_VARIADIC arguments senders"),
  pair("arguments are reordered", args(`${x}, ${y}`), args(`${y}, ${x}`), "WIRE ARGUMENT_REORDERED arguments neither"),
  pair("an argument is renamed", args(x), args(y), "POLICY ARGUMENT_RENAMED arguments either"),
  pair(
    "an argument is renamed, with an alias",
    args(x),
    args("{ name: y, type: int64, aliases: [x] }"),
    "SAFE ARGUMENT_FORMER_NAME arguments either",
  ),
  pair(
    "the last argument becomes variadic",
    args(x),
    args("{ name: x, type: int64, variadic: true }"),
    "SOURCE ARGUMENT_MADE_VARIADIC arguments workers",
  ),
  pair(
    "the last argument is no longer variadic",
    args("{ name: x, type: int64, variadic: true }"),
    args(x),
    "WIRE ARGUMENT_NO_LONGER_VARIADIC arguments senders",
  ),
  pair("an argument is retyped", args(x), args("{ name: x, type: string }"), "WIRE TYPE_CHANGED arguments neither"),
  pair("an argument is widened", args("{ name: x, type: int32 }"), args(x), "GO_WIRE TYPE_WIDENED arguments workers"),
  pair("an argument is narrowed", args(x), args("{ name: x, type: int32 }"), "WIRE TYPE_NARROWED arguments senders"),
  pair(
    "a slice is widened",
    args('{ name: x, type: "[]float32" }'),
    args('{ name: x, type: "[]float64" }'),
    "GO_WIRE TYPE_WIDENED arguments workers",
  ),
  pair(
    "a signed type holds a smaller unsigned one",
    args("{ name: x, type: uint32 }"),
    args("{ name: x, type: int64 }"),
    "GO_WIRE TYPE_WIDENED arguments workers",
  ),
  pair(
    "an unsigned type holds no signed one",
    args("{ name: x, type: int32 }"),
    args("{ name: x, type: uint64 }"),
    "WIRE TYPE_CHANGED arguments neither",
  ),
  pair("bytes are spelled otherwise", args('{ name: x, type: "[]byte" }'), args('{ name: x, type: "[]uint8" }')),
  pair(
    "bytes are no slice of numbers",
    args('{ name: x, type: "[]uint8" }'),
    args('{ name: x, type: "[]int64" }'),
    "WIRE TYPE_CHANGED arguments neither",
  ),
  pair(
    "a string becomes an object",
    `${args("{ name: a, type: string }")}\n$defs: { A: { type: object } }`,
    `${args('{ name: a, type: { $ref: "#/$defs/A" } }')}\n$defs: { A: { type: object } }`,
    "WIRE TYPE_STRUCTURED arguments senders",
  ),
  pair(
    "an object becomes a string",
    `${args('{ name: a, type: { $ref: "#/$defs/A" } }')}\n$defs: { A: { type: object } }`,
    `${args("{ name: a, type: string }")}\n$defs: { A: { type: object } }`,
    "SOURCE TYPE_UNSTRUCTURED arguments workers",
  ),
  pair(
    "another type with the same values",
    object("properties: { x: { type: boolean } }"),
    object("properties: { x: { type: boolean } }").replaceAll("A", "B"),
    "SOURCE TYPE_EXCHANGED arguments either",
    "SOURCE TYPE_DELETED - either",
    "SAFE TYPE_ADDED - either",
  ),

  pair(
    "an argument is added, and the version before it declared",
    args(x),
    `tasks: { t: { args: [${x}, ${s}], versions: [{ args: [${x}] }] } }`,
    "GO_WIRE ARGUMENT_ADDED arguments workers",
  ),
  pair(
    "an argument is retyped, and the version before it declared",
    args(x),
    `tasks: { t: { args: [{ name: x, type: string }], versions: [{ args: [${x}] }] } }`,
    "GO_WIRE TYPE_CHANGED arguments workers",
  ),
  pair(
    "an argument is retyped, and another version declared",
    args(x),
    `tasks: { t: { args: [{ name: x, type: string }], versions: [{ args: [${x}, ${x.replace("x", "z")}] }] } }`,
    "WIRE TYPE_CHANGED arguments neither",
  ),

  // Results
  pair("a result is added", returns(""), returns(x), "WIRE RESULT_ADDED results neither"),
  pair("a result is deleted", returns(`${x}, ${y}`), returns(x), "WIRE RESULT_DELETED results neither"),
  pair("results are reordered", returns(`${x}, ${y}`), returns(`${y}, ${x}`), "WIRE RESULT_REORDERED results neither"),
  pair("a result is renamed", returns(x), returns(y), "POLICY RESULT_RENAMED results either"),
  pair(
    "a result is renamed, with an alias",
    returns(x),
    returns("{ name: y, type: int64, aliases: [x] }"),
    "SAFE RESULT_FORMER_NAME results either",
  ),
  pair("a result is widened", returns("{ name: x, type: int32 }"), returns(x), "WIRE TYPE_WIDENED results senders"),
  pair("a result is narrowed", returns(x), returns("{ name: x, type: int32 }"), "GO_WIRE TYPE_NARROWED results workers"),

  // Fields
  pair("an optional field is added", object("properties: {}"), field("{ type: string }"), "SAFE FIELD_ADDED arguments either"),
  pair(
    "an optional field is added to a closed argument",
    object("properties: {}, additionalProperties: false"),
    field("{ type: string }", ", additionalProperties: false"),
    "SAFE FIELD_ADDED arguments either",
    "SAFE FIELD_ADDED_TO_CLOSED arguments workers",
  ),
  pair(
    "an optional field is added to a closed result",
    object("properties: {}, additionalProperties: false", "returns"),
    result("{ type: string }", ", additionalProperties: false"),
    "WIRE FIELD_ADDED_TO_CLOSED results senders",
    "SAFE FIELD_ADDED results either",
  ),
  pair(
    "a required field is added to an argument",
    object("properties: {}"),
    field("{ type: string }", ", required: [x]"),
    "WIRE FIELD_ADDED_REQUIRED arguments senders",
  ),
  pair(
    "a required field is added to a result",
    object("properties: {}", "returns"),
    result("{ type: string }", ", required: [x]"),
    "SOURCE FIELD_ADDED_REQUIRED results workers",
  ),
  pair(
    "an argument's field becomes required",
    field("{ type: string }"),
    field("{ type: string }", ", required: [x]"),
    "WIRE FIELD_MADE_REQUIRED arguments senders",
  ),
  pair(
    "a result's field becomes required",
    result("{ type: string }"),
    result("{ type: string }", ", required: [x]"),
    "SOURCE FIELD_MADE_REQUIRED results workers",
  ),
  pair(
    "an argument's field becomes optional",
    field("{ type: string }", ", required: [x]"),
    field("{ type: string }"),
    "SOURCE FIELD_MADE_OPTIONAL arguments workers",
  ),
  pair(
    "a result's field becomes optional",
    result("{ type: string }", ", required: [x]"),
    result("{ type: string }"),
    "WIRE FIELD_MADE_OPTIONAL results senders",
  ),
  pair(
    "an optional field is deleted",
    field("{ type: string }"),
    object("properties: {}"),
    "SOURCE FIELD_DELETED arguments either",
  ),
  pair(
    "a required field of a result is deleted",
    result("{ type: string }", ", required: [x]"),
    object("properties: {}", "returns"),
    "WIRE FIELD_DELETED_REQUIRED results senders",
  ),
  pair(
    "a field of a closed argument is deleted",
    field("{ type: string }", ", additionalProperties: false"),
    object("properties: {}, additionalProperties: false"),
    "WIRE FIELD_DELETED_FROM_CLOSED arguments senders",
    "SOURCE FIELD_DELETED arguments either",
  ),
  pair(
    "an argument is closed",
    object("properties: {}"),
    object("properties: {}, additionalProperties: false"),
    "WIRE FIELDS_CLOSED arguments senders",
  ),
  pair(
    "a result is closed",
    object("properties: {}", "returns"),
    object("properties: {}, additionalProperties: false", "returns"),
    "SAFE FIELDS_CLOSED results workers",
  ),
  pair(
    "a result is opened",
    object("properties: {}, additionalProperties: false", "returns"),
    object("properties: {}", "returns"),
    "WIRE FIELDS_OPENED results senders",
  ),
  pair(
    "a reserved field comes back",
    `${object("properties: {}")}\nreserved: { fields: { A: [x] } }`,
    field("{ type: string }"),
    "WIRE RESERVED_NAME_USED arguments neither",
    "SAFE FIELD_ADDED arguments either",
  ),

  // Values
  pair("a field is retyped", field("{ type: string }"), field("{ type: boolean }"), "WIRE SCHEMA_TYPE_CHANGED arguments neither"),
  pair(
    "an integer of an argument becomes a number",
    field("{ type: integer }"),
    field("{ type: number }"),
    "SOURCE SCHEMA_TYPE_WIDENED arguments workers",
  ),
  pair(
    "an integer of a result becomes a number",
    result("{ type: integer }"),
    result("{ type: number }"),
    "WIRE SCHEMA_TYPE_WIDENED results senders",
  ),
  pair(
    "a number of a result becomes an integer",
    result("{ type: number }"),
    result("{ type: integer }"),
    "SOURCE SCHEMA_TYPE_NARROWED results workers",
  ),
  pair(
    "an integer gets 64 bits",
    field("{ type: integer }"),
    field("{ type: integer, format: int64 }"),
    "SOURCE SCHEMA_TYPE_WIDENED arguments workers",
  ),
  pair(
    "null is allowed in an argument",
    field("{ type: string }"),
    field('{ type: [string, "null"] }'),
    "SOURCE NULL_ALLOWED arguments workers",
  ),
  pair(
    "null is allowed in a result",
    result("{ type: string }"),
    result('{ type: [string, "null"] }'),
    "WIRE NULL_ALLOWED results senders",
  ),
  pair(
    "null is refused in an argument",
    field('{ type: [string, "null"] }'),
    field("{ type: string }"),
    "WIRE NULL_REFUSED arguments senders",
  ),
  pair(
    "an argument's enum is narrowed",
    field("{ type: string, enum: [a, b] }"),
    field("{ type: string, enum: [a] }"),
    "WIRE ENUM_NARROWED arguments senders",
  ),
  pair(
    "a result's enum is narrowed",
    result("{ type: string, enum: [a, b] }"),
    result("{ type: string, enum: [a] }"),
    "SOURCE ENUM_NARROWED results workers",
  ),
  pair(
    "an argument's enum is widened",
    field("{ type: string, enum: [a] }"),
    field("{ type: string, enum: [a, b] }"),
    "SAFE ENUM_WIDENED arguments workers",
  ),
  pair(
    "a result's enum is widened",
    result("{ type: string, enum: [a] }"),
    result("{ type: string, enum: [a, b] }"),
    "WIRE ENUM_WIDENED results senders",
  ),
  pair(
    "an argument's minimum is raised",
    field("{ type: integer, minimum: 1 }"),
    field("{ type: integer, minimum: 2 }"),
    "WIRE RANGE_NARROWED arguments senders",
  ),
  pair(
    "a result's minimum is raised",
    result("{ type: integer, minimum: 1 }"),
    result("{ type: integer, minimum: 2 }"),
    "SAFE RANGE_NARROWED results workers",
  ),
  pair(
    "a result's maximum is removed",
    result("{ type: number, maximum: 1 }"),
    result("{ type: number }"),
    "WIRE RANGE_WIDENED results senders",
  ),
  pair(
    "of whole numbers, above 0 is 1 at least",
    field("{ type: integer, exclusiveMinimum: 0 }"),
    field("{ type: integer, minimum: 1 }"),
  ),
  pair(
    "of others it is not",
    field("{ type: number, exclusiveMinimum: 0 }"),
    field("{ type: number, minimum: 0 }"),
    "SAFE RANGE_WIDENED arguments workers",
  ),
  pair(
    "multiples of a multiple",
    field("{ type: integer, multipleOf: 2 }"),
    field("{ type: integer, multipleOf: 4 }"),
    "WIRE MULTIPLE_NARROWED arguments senders",
  ),
  pair(
    "strings are shortened",
    field("{ type: string, maxLength: 9 }"),
    field("{ type: string, maxLength: 8 }"),
    "WIRE LENGTH_NARROWED arguments senders",
  ),
  pair(
    "a pattern is changed",
    field('{ type: string, maxLength: 9, pattern: "^a" }'),
    field('{ type: string, maxLength: 9, pattern: "^b" }'),
    "WIRE PATTERN_CHANGED arguments neither",
  ),
  pair(
    "a format is asked for",
    field("{ type: string }"),
    field("{ type: string, format: date }"),
    "WIRE FORMAT_NARROWED arguments senders",
  ),
  pair(
    "fewer items are allowed",
    field("{ type: array, items: { type: string } }"),
    field("{ type: array, items: { type: string }, maxItems: 3 }"),
    "WIRE COUNT_NARROWED arguments senders",
  ),
  pair(
    "the items of a list are retyped",
    field("{ type: array, items: { type: string } }"),
    field("{ type: array, items: { type: boolean } }"),
    "WIRE SCHEMA_TYPE_CHANGED arguments neither",
  ),
  pair(
    "a type that flows both ways",
    'tasks: { t: { args: [{ name: a, type: { $ref: "#/$defs/A" } }], returns: [{ name: a, type: { $ref: "#/$defs/A" } }] } }\n$defs: { A: { type: object, properties: { x: { type: integer, minimum: 1 } } } }',
    'tasks: { t: { args: [{ name: a, type: { $ref: "#/$defs/A" } }], returns: [{ name: a, type: { $ref: "#/$defs/A" } }] } }\n$defs: { A: { type: object, properties: { x: { type: integer, minimum: 2 } } } }',
    "WIRE RANGE_NARROWED arguments senders",
    "SAFE RANGE_NARROWED results workers",
  ),
  pair(
    "a type that holds itself",
    object('properties: { x: { type: string }, next: { $ref: "#/$defs/A" } }'),
    object('properties: { x: { type: string, maxLength: 5 }, next: { $ref: "#/$defs/A" } }'),
    "WIRE LENGTH_NARROWED arguments senders",
  ),
  pair(
    "a type that nothing uses",
    "tasks: { t: {} }\n$defs: { A: { type: object } }",
    "tasks: { t: {} }",
    "SOURCE TYPE_DELETED - either",
  ),

  // Policies
  pair("the queue is moved", policy(""), policy("queue: images"), "POLICY QUEUE_CHANGED - workers"),
  pair("the time-out is shortened", policy("timeout: 30s"), policy("timeout: 10s"), "POLICY TIMEOUT_SHORTENED - either"),
  pair("a time-out is set", policy(""), policy("timeout: 10s"), "POLICY TIMEOUT_SHORTENED - either"),
  pair("the time-out is lengthened", policy("timeout: 30s"), policy("timeout: 1m"), "SAFE TIMEOUT_LENGTHENED - either"),
  pair("a time-out, spelled otherwise", policy("timeout: 60s"), policy("timeout: 1m")),
  pair(
    "results are kept for less time",
    policy("result_ttl: 1h"),
    policy("result_ttl: 1m"),
    "POLICY RESULT_TTL_SHORTENED - either",
  ),
  pair("fewer tries", policy("retry: { count: 3 }"), policy("retry: { count: 1 }"), "POLICY RETRIES_LOWERED - either"),
  pair(
    "longer pauses",
    policy("retry: { count: 3 }"),
    policy("retry: { count: 3, timeout: 5s }"),
    "SAFE RETRY_PAUSE_CHANGED - either",
  ),
  pair("onto a thread", policy(""), policy("run: thread"), "POLICY RUN_CHANGED - either"),
  pair("served by Go no more", policy("served_by: go"), policy(""), "SOURCE SERVED_HERE - workers"),
  pair("served by Go", policy(""), policy("served_by: go"), "POLICY SERVED_BY_CHANGED - workers"),
];
