import { ts } from "ts-morph";
import { withJsDoc } from "../comment.js";
import type { Model, Task } from "../model.js";
import { importsOf, localName, namespaces } from "./imports.js";
import { type Module, runtimeImport, typesImport } from "./module.js";
import {
  call,
  exportedConst,
  exportedInterface,
  identifier,
  importOf,
  member,
  readonlyProperty,
  record,
  typeReference,
} from "./syntax.js";
import { givesType, parameters, resultType, takesType, taskDoc } from "./task-types.js";

const { factory } = ts;

/** `tasks.ts`: the builders of signatures, with a `partial` for each number of arguments that can be left to the task before. */
export function tasksModule(model: Model): Module {
  const members = [
    ...model.tasks.map((task) => withJsDoc(readonlyProperty(task.identifier, builderType(task)), taskDoc(task))),
    ...namespaces(model, "Tasks"),
  ];
  return {
    path: "tasks.ts",
    statements: [
      runtimeImport("builder", "type Signature"),
      importOf(["definitions"], "./definitions.js"),
      ...importsOf(model, "tasks", "Tasks"),
      ...typesImport(model),
      withJsDoc(exportedInterface("Tasks", members), { description: "Builders of the tasks' signatures. They send nothing." }),
      exportedConst(
        "tasks",
        typeReference("Tasks"),
        record([
          ...model.tasks.map((task) => [task.identifier, call("builder", member("definitions", task.identifier))] as const),
          ...model.imports.map(({ namespace }) => [namespace, identifier(localName(namespace, "Tasks"))] as const),
        ]),
      ),
    ],
  };
}

function builderType(task: Task): ts.TypeNode {
  const fixed = task.variadic ? task.args.length - 1 : task.args.length;
  const partials = Array.from({ length: fixed }, (_, given) =>
    factory.createMethodSignature(undefined, "partial", undefined, undefined, parameters(task, given), signatureType(task, given)),
  );
  const full = factory.createCallSignature(undefined, parameters(task), signatureType(task, fixed));
  return factory.createTypeLiteralNode([full, ...partials]);
}

/** The signature of a call with the first `given` arguments. */
function signatureType(task: Task, given: number): ts.TypeNode {
  const immutable = factory.createLiteralTypeNode(factory.createFalse());
  return typeReference("Signature", takesType(task, given), givesType(task), resultType(task), immutable);
}
