import { ts } from "ts-morph";
import { withJsDoc } from "../comment.js";
import type { Model, Task } from "../model.js";
import { type Module, runtimeImport, typesImport } from "./module.js";
import {
  call,
  exportedFunction,
  exportedInterface,
  importOf,
  member,
  parameter,
  readonlyProperty,
  typeReference,
} from "./syntax.js";
import { parameters, resultType, taskDoc } from "./task-types.js";

const { factory } = ts;

/** `dispatch.ts`: what a worker needs. `Handlers` makes a missing or ill-typed handler an error of the compiler. */
export function dispatchModule(model: Model): Module {
  // What Go serves needs no handler here, and may have one.
  const members = model.tasks.map((task) => {
    const optional = task.policy.servedBy !== undefined;
    return withJsDoc(readonlyProperty(task.identifier, handlerType(task), { optional }), taskDoc(task));
  });
  const entries = model.tasks.map(({ identifier }) =>
    factory.createArrayLiteralExpression([member("definitions", identifier), member("handlers", identifier)]),
  );
  const table = call("dispatcher", factory.createArrayLiteralExpression(entries, true));
  const handlers = parameter("handlers", typeReference("Handlers"));
  return {
    path: "dispatch.ts",
    statements: [
      runtimeImport("type Dispatch", "dispatcher"),
      importOf(["definitions"], "./definitions.js"),
      ...typesImport(model),
      withJsDoc(exportedInterface("Handlers", members), { description: "The functions that a worker runs, one for each task." }),
      withJsDoc(exportedFunction("dispatch", handlers, typeReference("Dispatch"), table), {
        description: "The table a worker finds the handlers in.",
      }),
    ],
  };
}

function handlerType(task: Task): ts.TypeNode {
  const result = resultType(task);
  return factory.createFunctionTypeNode(
    undefined,
    parameters(task),
    factory.createUnionTypeNode([result, typeReference("Promise", result)]),
  );
}
