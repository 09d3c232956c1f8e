/** One thing that a linter looks for. */
export interface LintRule {
  /** What it finds. */
  readonly what: string;
  /** Why that matters, and what to do. */
  readonly hint: string;
}

const sides = "Say so with a bound or a format.";

/** Every rule of the linter, by its id. */
export const lintRules = {
  // Names
  NAME_TASK: {
    what: "A task's name is not in snake_case.",
    hint: "Name it in lower case with _ between the words, as Machinery's own tasks are: it is the name on the wire.",
  },
  NAME_PARAMETER: {
    what: "An argument's or a result's name is not in snake_case.",
    hint: "Name it in lower case with _ between the words.",
  },
  NAME_NUMBERED: { what: "An argument is called arg, value, param2 or the like.", hint: "Name it after what it is." },
  NAME_FIELD: {
    what: "Fields are named in snake_case here and in camelCase there.",
    hint: "Name all fields of a contract in the same way.",
  },
  NAME_SIMILAR: {
    what: "Two tasks differ in _ only.",
    hint: "Rename one of them: they are one name in Go, and one slip of the finger elsewhere.",
  },
  // Descriptions
  DESCRIPTION_TASK: { what: "A task has no description.", hint: "Say what it does: it is the JSDoc of its sender." },
  DESCRIPTION_TYPE: { what: "A structured type has no description.", hint: "Say what it is: it is the JSDoc of its interface." },
  DESCRIPTION_EMPTY: { what: "A description says nothing, or only the name.", hint: "Say what the name does not." },
  // What can be read in two ways
  AMBIGUOUS_INT: {
    what: "An argument or a result is of Go's int or uint.",
    hint: "Its size depends on the machine that Go runs on: use int64, uint64 or a smaller type.",
  },
  AMBIGUOUS_FLAGS: {
    what: "A task has two arguments or more of type bool.",
    hint: "Nobody can read add(true, false): use an object with named fields, or an enum.",
  },
  AMBIGUOUS_MANY: {
    what: "A task has more than six arguments or results.",
    hint: "They are told apart by their position: use an object with named fields, which can grow, too.",
  },
  AMBIGUOUS_INTEGER: {
    what: "An integer has no greatest value and no format.",
    hint: `It holds 53 bits here and 64 in Go. ${sides}`,
  },
  AMBIGUOUS_NULL: {
    what: "A field may be missing, and null as well.",
    hint: "Choose one way to say that there is nothing.",
  },
  AMBIGUOUS_DECIMAL: {
    what: "A number must be a multiple of a fraction.",
    hint: "Binary fractions are no decimal ones: count in the smaller unit, as an integer.",
  },
  AMBIGUOUS_ENUM: { what: "An enum has one value.", hint: "Use const, or say which others there are." },
  AMBIGUOUS_TWIN: { what: "Two structured types are the same but for their words.", hint: "Use one of them, or tell them apart." },
  // What cannot grow, or is not used
  GROWTH_CLOSED: {
    what: "A type refuses fields that it does not name (additionalProperties: false).",
    hint: "Older readers then refuse every field that is added: let others through.",
  },
  TYPE_UNUSED: { what: "No task uses a structured type.", hint: "Remove it." },
  // What costs too much
  COSTLY_ARRAY: {
    what: "An array has no greatest length.",
    hint: "Give it maxItems: a message must fit into memory, and into a queue.",
  },
  COSTLY_MAP: { what: "A map has no greatest size.", hint: "Give it maxProperties." },
  COSTLY_UNIQUE: {
    what: "The items of an array are compared with each other (uniqueItems), and there may be more than a thousand.",
    hint: "That takes the square of their number: give it a smaller maxItems.",
  },
  COSTLY_THREAD: {
    what: "A task runs on a thread, without a time-out.",
    hint: "Give it one: only a time-out ends a run that keeps a thread busy for ever.",
  },
  // Exceptions
  LINT_EXCEPTION: {
    what: "An exception is not of the form that is due.",
    hint: "Write it as `# lint off RULE: reason`.",
  },
  LINT_UNUSED: { what: "An exception lets nothing pass.", hint: "Remove it." },
} as const satisfies Readonly<Record<string, LintRule>>;

export type LintRuleId = keyof typeof lintRules;
