import { ts } from "ts-morph";
import { withJsDoc } from "../comment.js";
import { migrationName } from "../contract/migrations.js";
import type { Model, Task } from "../model.js";
import { importModule, localName, localType, namespaces } from "./imports.js";
import { type Module, runtimeImport, typesImport } from "./module.js";
import {
  call,
  exportedFunction,
  exportedInterface,
  importOf,
  importTypesOf,
  member,
  parameter,
  readonlyProperty,
  readonlyType,
  typeReference,
} from "./syntax.js";
import { argumentsType, parameters, resultType, taskDoc } from "./task-types.js";

const { factory } = ts;

/** `dispatch.ts`: what a worker needs. `Handlers` makes a missing or ill-typed handler an error of the compiler. */
export function dispatchModule(model: Model): Module {
  const served = { imports: model.imports.filter(({ serve }) => serve) };
  const entries = [
    ...model.tasks.map((task) => entry(task, "definitions", "handlers")),
    ...served.imports.flatMap(({ namespace, model: imported }) =>
      imported.tasks.map((task) => entry(task, localName(namespace, "Definitions"), member("handlers", namespace))),
    ),
  ];
  const table = call("dispatcher", factory.createArrayLiteralExpression(entries, true));
  const handlers = parameter("handlers", typeReference("Handlers"));
  return {
    path: "dispatch.ts",
    statements: [
      runtimeImport("type Dispatch", "dispatcher"),
      importOf(["definitions"], "./definitions.js"),
      ...served.imports.flatMap(({ namespace }) => [
        importOf([`definitions as ${localName(namespace, "Definitions")}`], importModule(namespace, "definitions")),
        importTypesOf([`Handlers as ${localType(namespace, "Handlers")}`], importModule(namespace, "handlers")),
      ]),
      ...typesImport(model, { withVersions: true }),
      handlersInterface(model, namespaces(served, "Handlers")),
      withJsDoc(exportedFunction("dispatch", handlers, typeReference("Dispatch"), table), {
        description: "The table a worker finds the handlers in.",
      }),
    ],
  };
}

/** `handlers.ts` of an imported contract whose tasks run here: the interface alone, as the table is that of the whole project. */
export function handlersModule(model: Model): Module {
  return { path: "handlers.ts", statements: [...typesImport(model, { withVersions: true }), handlersInterface(model, [])] };
}

function handlersInterface(model: Model, more: readonly ts.TypeElement[]): ts.Statement {
  // What Go serves needs no handler here, and may have one.
  const members = model.tasks.flatMap((task) => {
    const optional = task.policy.servedBy !== undefined;
    return [
      withJsDoc(readonlyProperty(task.identifier, handlerType(task), { optional }), taskDoc(task)),
      ...migrations(task).map(({ name, type, description }) =>
        withJsDoc(readonlyProperty(name, type, { optional }), { description }),
      ),
    ];
  });
  return withJsDoc(exportedInterface("Handlers", [...members, ...more]), {
    description: "The functions that a worker runs, one for each task.",
  });
}

/** `[definitions.add, handlers.add]`, and behind them the migrations, if there are any. */
function entry(task: Task, definitions: string, handlers: ts.Expression | string): ts.Expression {
  const functions = migrations(task).map(({ name }) => member(handlers, name));
  return factory.createArrayLiteralExpression([
    member(definitions, task.identifier),
    member(handlers, task.identifier),
    ...(functions.length === 0 ? [] : [factory.createArrayLiteralExpression(functions)]),
  ]);
}

function handlerType(task: Task): ts.TypeNode {
  const result = resultType(task);
  return factory.createFunctionTypeNode(
    undefined,
    parameters(task),
    factory.createUnionTypeNode([result, typeReference("Promise", result)]),
  );
}

/** From each older version of a task to the one after it. */
function migrations(task: Task): { name: string; type: ts.TypeNode; description: string }[] {
  return task.versions.map((version, index) => {
    const from = index + 1;
    const next = task.versions[index + 1] ?? task;
    return {
      name: migrationName(task.identifier, from),
      type: factory.createFunctionTypeNode(undefined, parameters(version), readonlyType(argumentsType(next))),
      description: `${task.name}@${from}→${from + 1}: the arguments of version ${from}, as those of version ${from + 1}.`,
    };
  });
}
