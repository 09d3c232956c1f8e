import type { Model, Task } from "../model.js";
import { type GoLibrary, importLines, machineryImport, partImport } from "./library.js";
import { type Declarations, exportedName, parameterNames } from "./names.js";
import { goParameters, isStructured, wireType } from "./task.js";
import { goComment, goString } from "./text.js";

/** `senders.go`: for each task a function that makes a signature of it, and one that sends it. */
export function sendersFile(model: Model, library: GoLibrary, declarations: Declarations): string[] {
  return [
    ...importLines([], [machineryImport(library), partImport(library, "backends/result"), partImport(library, "tasks")]),
    "// newSignature names the contract that it was made with, so that a worker can tell an older one.",
    "func newSignature(name, contract string, args ...tasks.Arg) *tasks.Signature {",
    '\treturn &tasks.Signature{Name: name, Args: args, Headers: tasks.Headers{"x-machinery-contract": contract}}',
    "}",
    ...model.tasks.flatMap((task) => [...signatureFunction(task, declarations), ...sendFunction(task, declarations)]),
  ];
}

function signatureFunction(task: Task, declarations: Declarations): string[] {
  const { args, variadic, name, identifier, hash, policy } = task;
  const go = `${exportedName(identifier)}Signature`;
  declarations.add(go, `the task ${name}`);
  const names = parameterNames(args.map((arg) => arg.name));
  const fails = args.some(isStructured);
  const body: string[] = [];
  for (const [i, arg] of args.entries()) {
    if (!isStructured(arg)) continue;
    body.push(`${names[i]}JSON, err := encode(${names[i]})`, "if err != nil {", "\treturn nil, err", "}");
  }
  const values = args.map((arg, i) => {
    const value = isStructured(arg) ? `${names[i]}JSON` : variadic && i === args.length - 1 ? "one" : names[i];
    return `tasks.Arg{Name: ${goString(arg.name)}, Type: ${goString(wireType(arg))}, Value: ${value}}`;
  });
  const head = `${goString(name)}, ${goString(hash)}`;
  const last = variadic ? values.pop() : undefined;
  if (last !== undefined) {
    const many = names.at(-1)!;
    body.push(
      `args := make([]tasks.Arg, 0, ${values.length === 0 ? "" : `${values.length}+`}len(${many}))`,
      ...values.map((value) => `args = append(args, ${value})`),
      `for _, one := range ${many} {`,
      `\targs = append(args, ${last})`,
      "}",
    );
  }
  const call =
    last !== undefined
      ? [`newSignature(${head}, args...)`]
      : values.length === 0
        ? [`newSignature(${head})`]
        : [`newSignature(${head},`, ...values.map((value) => `\t${value},`), ")"];
  const settings = [
    ...(policy.queue === undefined ? [] : [`signature.RoutingKey = ${goString(policy.queue)}`]),
    ...(policy.retryCount === undefined ? [] : [`signature.RetryCount = ${policy.retryCount}`]),
    ...(policy.retryTimeoutSeconds === undefined ? [] : [`signature.RetryTimeout = ${policy.retryTimeoutSeconds}`]),
  ];
  if (settings.length === 0 && !fails) body.push(`return ${call[0]}`, ...call.slice(1));
  else body.push(`signature := ${call[0]}`, ...call.slice(1), ...settings, `return signature${fails ? ", nil" : ""}`);
  const returns = fails ? "(*tasks.Signature, error)" : "*tasks.Signature";
  return [
    "",
    ...goComment(`${go} makes a signature of the task ${name}, to send or to put into a workflow.`, task.description),
    ...argumentComments(task, names),
    `func ${go}(${goParameters(task, names).join(", ")}) ${returns} {`,
    ...body.map((line) => `\t${line}`),
    "}",
  ];
}

function sendFunction(task: Task, declarations: Declarations): string[] {
  const go = exportedName(task.identifier);
  declarations.add(`Send${go}`, `the task ${task.name}`);
  const names = parameterNames(task.args.map((arg) => arg.name));
  const given = names.map((name, i) => (task.variadic && i === names.length - 1 ? `${name}...` : name)).join(", ");
  const body = task.args.some(isStructured)
    ? [
        `signature, err := ${go}Signature(${given})`,
        "if err != nil {",
        "\treturn nil, err",
        "}",
        "return server.SendTask(signature)",
      ]
    : [`return server.SendTask(${go}Signature(${given}))`];
  const parameters = ["server *machinery.Server", ...goParameters(task, names)].join(", ");
  return [
    "",
    ...goComment(`Send${go} sends the task ${task.name}; see ${go}Signature.`),
    `func Send${go}(${parameters}) (*result.AsyncResult, error) {`,
    ...body.map((line) => `\t${line}`),
    "}",
  ];
}

function argumentComments({ args }: Task, names: readonly string[]): string[] {
  return args.flatMap(({ description }, i) =>
    description === undefined || description.trim() === "" ? [] : ["//", ...goComment(`${names[i]}:`, description)],
  );
}
