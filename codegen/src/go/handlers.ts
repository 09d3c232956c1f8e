import type { Model, Task } from "../model.js";
import { type GoLibrary, importLines, machineryImport } from "./library.js";
import { type Declarations, exportedName, parameterNames } from "./names.js";
import { goParameters, goType, isPlain, isStructured, wireType } from "./task.js";
import { goComment, goString } from "./text.js";

/** `handlers.go`: the interface that a worker implements, and its registration with Machinery. */
export function handlersFile(model: Model, library: GoLibrary, declarations: Declarations): string[] {
  declarations.add("Handlers", "the interface of handlers");
  declarations.add("RegisterTasks", "the registration of handlers");
  return [
    ...importLines(['"context"'], [machineryImport(library)]),
    "// Handlers are the tasks of the contract, for a worker to run. The context holds the signature that a task was sent with.",
    "type Handlers interface {",
    ...model.tasks.flatMap(method),
    "}",
    "",
    "// RegisterTasks registers all tasks with a server, whose workers then run them.",
    "func RegisterTasks(server *machinery.Server, handlers Handlers) error {",
    "\tnamed := make(map[string]interface{})",
    ...model.tasks.flatMap((task) => [...registration(task), ...aliasRegistrations(task)]),
    "\treturn server.RegisterTasks(named)",
    "}",
  ];
}

/** By its former names, the same. */
function aliasRegistrations({ name, aliases = [] }: Task): string[] {
  return aliases.map((alias) => `\tnamed[${goString(alias)}] = named[${goString(name)}]`);
}

function method(task: Task, index: number): string[] {
  const go = exportedName(task.identifier);
  const names = parameterNames(task.args.map(({ name }) => name));
  const returns = task.returns.map(({ name, description }) => `${name}${description === undefined ? "" : ` (${description})`}`);
  const gives = returns.length === 0 ? "" : `Returns ${returns.join(", ")}.`;
  const parameters = ["ctx context.Context", ...goParameters(task, names)].join(", ");
  return [
    ...(index > 0 ? [""] : []),
    ...goComment(`${go} runs the task ${task.name}.`, task.description, "\t"),
    ...(gives === "" ? [] : ["\t//", ...goComment("Returns", gives.slice("Returns ".length), "\t")]),
    `\t${go}(${parameters}) ${resultTypes(task.returns.map(goType))}`,
  ];
}

function resultTypes(types: readonly string[]): string {
  return types.length === 0 ? "error" : `(${[...types, "error"].join(", ")})`;
}

/** A handler as Machinery is to call it: with what the wire has. */
function registration(task: Task): string[] {
  const go = exportedName(task.identifier);
  const key = `named[${goString(task.name)}]`;
  if (isPlain(task)) return [`\t${key} = handlers.${go}`];
  const { args, returns, variadic } = task;
  const parameters = args.map((arg, i) => `arg${i} ${variadic && i === args.length - 1 ? "..." : ""}${wireType(arg)}`);
  const results = [...returns.map((one, i) => `result${i} ${wireType(one)}`), "err error"];
  const given = args.map((arg, i) =>
    isStructured(arg) ? `object${i}` : variadic && i === args.length - 1 ? `arg${i}...` : `arg${i}`,
  );
  const got = [...returns.map((one, i) => (isStructured(one) ? `value${i}` : `result${i}`)), "err"];
  const structured = returns.flatMap((one, i) => (isStructured(one) ? [i] : []));
  const body = [
    ...args.flatMap((arg, i) =>
      isStructured(arg)
        ? [`var object${i} ${goType(arg)}`, `if err = decode(arg${i}, &object${i}); err != nil {`, "\treturn", "}"]
        : [],
    ),
    ...structured.map((i) => `var value${i} ${goType(returns[i]!)}`),
    `if ${got.join(", ")} = handlers.${go}(${["ctx", ...given].join(", ")}); err != nil {`,
    "\treturn",
    "}",
    ...structured.flatMap((i) => [`if result${i}, err = encode(value${i}); err != nil {`, "\treturn", "}"]),
    "return",
  ];
  return [
    `\t${key} = func(${["ctx context.Context", ...parameters].join(", ")}) (${results.join(", ")}) {`,
    ...body.map((line) => `\t\t${line}`),
    "\t}",
  ];
}
