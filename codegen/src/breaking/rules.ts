import type { Rule } from "./rule.js";

const versions = "Declare the former arguments under the task's versions: its workers then bring them up to date.";
const newTask = "Leave it as it is, and add a task beside it.";
const chains = "Add a task beside it. In a chain the next task gets the results as its arguments.";
const asked = "Loosen it again; or change the senders first, and the workers once no older message waits.";
const given = "Tighten it again; or change first whoever reads the results.";
const both = "Add a field beside it, or a type.";
const nothing = "Nothing need be done.";

/** Every kind of change between two contracts, by its id. */
export const breakingRules = {
  // The contract as a whole
  PACKAGE_RENAMED: {
    what: "The package has another name.",
    hint: "The generated Go package, and namespaces of who imports the contract, are called after it.",
    effect: "none",
    compile: "both",
  },
  PACKAGE_UNSTABLE: {
    what: "A contract that was stable is declared unstable.",
    hint: "Who relies on it is not warned any more: publish it under another name instead.",
    effect: "none",
    policy: true,
  },
  RESERVED_NAME_USED: {
    what: "A name that was reserved is in use again.",
    hint: "Choose another name: older messages mean something else by it.",
    effect: "changed",
  },
  RESERVED_NAME_RELEASED: {
    what: "A name is no longer reserved.",
    hint: "Keep it reserved for as long as any older message or sender may be left.",
    effect: "none",
    policy: true,
  },
  // Tasks
  TASK_ADDED: { what: "A task is new.", hint: nothing, effect: "widened" },
  TASK_DELETED: {
    what: "A task is gone.",
    hint: "Stop sending it, wait until its queue is empty, then remove it and reserve its name.",
    effect: "narrowed",
    compile: "both",
  },
  TASK_RENAMED: {
    what: "A task has another name, and is still taken by its former one.",
    hint: "Keep the former name among its aliases for as long as any sender uses it.",
    effect: "widened",
    compile: "arguments",
  },
  TASK_FORMER_WIRE_NAME: {
    what: "A task is called something else on the wire, by the same name in code, and still taken by its former one.",
    hint: "Keep the former name among its aliases for as long as any sender uses it.",
    effect: "widened",
  },
  TASK_WIRE_NAME_CHANGED: {
    what: "A task is called something else on the wire.",
    hint: "Name its former name on the wire among its aliases.",
    effect: "changed",
  },
  TASK_ALIAS_DELETED: {
    what: "A task is no longer taken by a former name.",
    hint: "Keep it for as long as any sender uses it, then reserve it.",
    effect: "narrowed",
  },
  // Arguments: they are told apart by their position
  ARGUMENT_ADDED: { what: "There is one more argument.", hint: versions, effect: "changed" },
  ARGUMENT_ADDED_VARIADIC: {
    what: "There is one more argument, which may be left out: it is variadic.",
    hint: "Handlers in Go get one more parameter.",
    effect: "widened",
    compile: "arguments",
  },
  ARGUMENT_DELETED: { what: "There is one argument less.", hint: versions, effect: "changed" },
  ARGUMENT_DELETED_VARIADIC: { what: "The variadic argument is gone.", hint: versions, effect: "narrowed" },
  ARGUMENT_REORDERED: {
    what: "The arguments are in another order.",
    hint: "Put them back: an older message gives each value to the argument at its position.",
    effect: "changed",
  },
  ARGUMENT_RENAMED: {
    what: "An argument has another name.",
    hint: "If it still is the same thing, name its former name among its aliases; if not, add a task.",
    effect: "none",
    policy: true,
  },
  ARGUMENT_FORMER_NAME: {
    what: "An argument has another name, and its former one among its aliases.",
    hint: nothing,
    effect: "none",
  },
  ARGUMENT_MADE_VARIADIC: {
    what: "The last argument has become variadic.",
    hint: "Handlers get any number of values now, none too.",
    effect: "widened",
    compile: "arguments",
  },
  ARGUMENT_NO_LONGER_VARIADIC: {
    what: "The last argument is no longer variadic.",
    hint: versions,
    effect: "narrowed",
  },
  // Results
  RESULT_ADDED: { what: "There is one more result.", hint: chains, effect: "changed" },
  RESULT_DELETED: { what: "There is one result less.", hint: chains, effect: "changed" },
  RESULT_REORDERED: { what: "The results are in another order.", hint: chains, effect: "changed" },
  RESULT_RENAMED: {
    what: "A result has another name.",
    hint: "If it still is the same thing, name its former name among its aliases; if not, add a task.",
    effect: "none",
    policy: true,
  },
  RESULT_FORMER_NAME: { what: "A result has another name, and its former one among its aliases.", hint: nothing, effect: "none" },
  // The types of arguments and results
  TYPE_CHANGED: { what: "The type is another one.", hint: newTask, effect: "changed" },
  TYPE_WIDENED: {
    what: "The type has become one that holds all values of the former one.",
    hint: "Workers of this library take the former type, too; Go's bind by the type's name.",
    effect: "widened",
    goEffect: "changed",
    compile: "both",
  },
  TYPE_NARROWED: {
    what: "The type has become one that holds only some values of the former one.",
    hint: newTask,
    effect: "narrowed",
    goEffect: "changed",
    compile: "both",
  },
  TYPE_STRUCTURED: {
    what: "A string has become an object, which is a string of JSON on the wire.",
    hint: newTask,
    effect: "narrowed",
    compile: "both",
  },
  TYPE_UNSTRUCTURED: {
    what: "An object has become a string.",
    hint: "On the wire it was one: it holds JSON.",
    effect: "widened",
    compile: "both",
  },
  TYPE_EXCHANGED: {
    what: "Another structured type stands here; how their values differ is told apart.",
    hint: "Code that names the former type no longer compiles.",
    effect: "none",
    compile: "both",
  },
  TYPE_ADDED: { what: "A structured type is new.", hint: nothing, effect: "none" },
  TYPE_DELETED: {
    what: "A structured type is gone.",
    hint: "Code that names it no longer compiles.",
    effect: "none",
    compile: "both",
  },
  // Inside structured types: fields
  FIELD_ADDED: { what: "An optional field is new.", hint: nothing, effect: "none" },
  FIELD_ADDED_REQUIRED: {
    what: "A required field is new.",
    hint: "Make it optional, and give it a meaning where it is missing.",
    effect: "narrowed",
    compile: "results",
  },
  FIELD_ADDED_TO_CLOSED: {
    what: "A field is new in a type that allowed no others (additionalProperties: false).",
    hint: "Older readers refuse it: they must be deployed first.",
    effect: "widened",
  },
  FIELD_DELETED: {
    what: "An optional field is gone.",
    hint: "Reserve its name, so that it does not come back as something else.",
    effect: "none",
    compile: "both",
  },
  FIELD_DELETED_REQUIRED: {
    what: "A required field is gone.",
    hint: "Older readers need it. Make it optional first; reserve its name when it goes.",
    effect: "widened",
    compile: "both",
  },
  FIELD_DELETED_FROM_CLOSED: {
    what: "A field is gone from a type that allows no others (additionalProperties: false).",
    hint: "What older writers put into it is refused: allow other fields first.",
    effect: "narrowed",
    compile: "both",
  },
  FIELD_MADE_REQUIRED: {
    what: "An optional field has become required.",
    hint: "Older writers leave it out: leave it optional.",
    effect: "narrowed",
    compile: "results",
  },
  FIELD_MADE_OPTIONAL: {
    what: "A required field has become optional.",
    hint: "Its readers must do without it.",
    effect: "widened",
    compile: "arguments",
  },
  FIELDS_CLOSED: { what: "Fields that are not named are refused now.", hint: "Let them through.", effect: "narrowed" },
  FIELDS_OPENED: { what: "Fields that are not named are let through now.", hint: "Older readers refuse them.", effect: "widened" },
  // Inside structured types: values
  SCHEMA_TYPE_CHANGED: { what: "The type of a value is another one.", hint: both, effect: "changed" },
  SCHEMA_TYPE_WIDENED: {
    what: "An integer has become a number, or one of 64 bits (int64).",
    hint: "Generated types are other ones.",
    effect: "widened",
    compile: "both",
  },
  SCHEMA_TYPE_NARROWED: {
    what: "A number has become an integer, or one of 64 bits a safe one.",
    hint: both,
    effect: "narrowed",
    compile: "both",
  },
  NULL_ALLOWED: { what: "A value may be null now.", hint: "Its readers must know null.", effect: "widened", compile: "both" },
  NULL_REFUSED: { what: "A value may no longer be null.", hint: asked, effect: "narrowed", compile: "both" },
  ENUM_NARROWED: { what: "A value is no longer among those allowed.", hint: asked, effect: "narrowed", compile: "results" },
  ENUM_WIDENED: { what: "More values are allowed.", hint: "Readers must know what to do with them.", effect: "widened" },
  RANGE_NARROWED: { what: "The least number was raised, or the greatest lowered.", hint: asked, effect: "narrowed" },
  RANGE_WIDENED: { what: "The least number was lowered, or the greatest raised.", hint: given, effect: "widened" },
  MULTIPLE_NARROWED: { what: "Fewer numbers are multiples of what they must be.", hint: asked, effect: "narrowed" },
  MULTIPLE_WIDENED: { what: "More numbers are multiples of what they must be.", hint: given, effect: "widened" },
  MULTIPLE_CHANGED: { what: "Other numbers are multiples of what they must be.", hint: both, effect: "changed" },
  LENGTH_NARROWED: { what: "Strings must be longer or shorter than before.", hint: asked, effect: "narrowed" },
  LENGTH_WIDENED: { what: "Strings may be longer or shorter than before.", hint: given, effect: "widened" },
  PATTERN_NARROWED: { what: "Strings must match a pattern now.", hint: asked, effect: "narrowed" },
  PATTERN_WIDENED: { what: "Strings need no longer match a pattern.", hint: given, effect: "widened" },
  PATTERN_CHANGED: {
    what: "Strings must match another pattern; which of both is narrower is not looked into.",
    hint: both,
    effect: "changed",
  },
  FORMAT_NARROWED: { what: "Strings must be of a format now.", hint: asked, effect: "narrowed" },
  FORMAT_WIDENED: { what: "Strings need no longer be of a format.", hint: given, effect: "widened" },
  FORMAT_CHANGED: { what: "The format is another one.", hint: both, effect: "changed" },
  COUNT_NARROWED: {
    what: "There must be more items or fields than before, or fewer, or no two alike.",
    hint: asked,
    effect: "narrowed",
  },
  COUNT_WIDENED: { what: "There may be more items or fields than before, or fewer, or two alike.", hint: given, effect: "widened" },
  // How tasks are run
  QUEUE_CHANGED: {
    what: "The task goes to another queue.",
    hint: "Have workers take from both queues until no older message waits and no older sender runs.",
    effect: "none",
    policy: true,
    first: "workers",
  },
  TIMEOUT_SHORTENED: {
    what: "A run may take less time than before.",
    hint: "Make sure that no run takes longer.",
    effect: "none",
    policy: true,
  },
  TIMEOUT_LENGTHENED: { what: "A run may take more time than before.", hint: nothing, effect: "none" },
  RESULT_TTL_SHORTENED: {
    what: "Results are kept for less time than before.",
    hint: "Make sure that nobody reads them later.",
    effect: "none",
    policy: true,
  },
  RESULT_TTL_LENGTHENED: { what: "Results are kept for more time than before.", hint: nothing, effect: "none" },
  RETRIES_LOWERED: {
    what: "A task that fails is tried again less often.",
    hint: "What used to pass at a later try may fail now.",
    effect: "none",
    policy: true,
  },
  RETRIES_RAISED: {
    what: "A task that fails is tried again more often.",
    hint: "Its handler must bear being run again.",
    effect: "none",
    policy: true,
  },
  RETRY_PAUSE_CHANGED: { what: "The pauses between tries are others.", hint: nothing, effect: "none" },
  RUN_CHANGED: {
    what: "The task runs on a thread now, or no longer.",
    hint: "A thread shares no memory with the worker.",
    effect: "none",
    policy: true,
  },
  SERVED_HERE: {
    what: "Workers of this library run a task that those of Go Machinery ran.",
    hint: "Without a handler for it they no longer compile.",
    effect: "none",
    compile: "both",
    first: "workers",
  },
  SERVED_BY_CHANGED: {
    what: "Workers of Go Machinery run the task, or those of another version.",
    hint: "Make sure that they are there before the handlers here are gone.",
    effect: "none",
    policy: true,
    first: "workers",
  },
  // Words
  DESCRIPTION_CHANGED: { what: "The words for people are others.", hint: nothing, effect: "none" },
} as const satisfies Readonly<Record<string, Rule>>;

export type BreakingRuleId = keyof typeof breakingRules;
