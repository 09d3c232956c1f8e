import { withJsDoc } from "../comment.js";
import type { Model } from "../model.js";
import { importsOf, localName, namespaces } from "./imports.js";
import { type Module, runtimeImport, typesImport } from "./module.js";
import {
  call,
  exportedFunction,
  exportedInterface,
  identifier,
  importOf,
  member,
  parameter,
  readonlyProperty,
  record,
  typeReference,
} from "./syntax.js";
import { argumentsType, resultType, taskDoc } from "./task-types.js";

/** `senders.ts`: one typed function for each task, which checks its arguments, sends the task and resolves to its `AsyncResult`. */
export function sendersModule(model: Model): Module {
  const members = [
    ...model.tasks.map((task) =>
      withJsDoc(readonlyProperty(task.identifier, typeReference("Sender", argumentsType(task), resultType(task))), taskDoc(task)),
    ),
    ...namespaces(model, "Senders"),
  ];
  const each = record([
    ...model.tasks.map(
      ({ identifier: name }) => [name, call("sender", identifier("server"), member("definitions", name))] as const,
    ),
    ...model.imports.map(({ namespace }) => [namespace, call(localName(namespace, "Senders"), identifier("server"))] as const),
  ]);
  const server = parameter("server", typeReference("Sending"));
  return {
    path: "senders.ts",
    statements: [
      runtimeImport("type Sender", "type Sending", "sender"),
      importOf(["definitions"], "./definitions.js"),
      ...importsOf(model, "senders", "Senders"),
      ...typesImport(model),
      withJsDoc(exportedInterface("Senders", members), {
        description: "One function for each task: it checks the arguments, then sends.",
      }),
      withJsDoc(exportedFunction("senders", server, typeReference("Senders"), each), {
        description: "The senders of all tasks over a server.",
      }),
    ],
  };
}
