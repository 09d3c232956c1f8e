import { ts } from "ts-morph";
import { withJsDoc } from "../comment.js";
import { jsonLiteral, stringLiteral } from "../literal.js";
import type { JsonSchema, Model, ObjectType, ScalarType } from "../model.js";
import { type ArbitrariesSymbol, arbitrariesModule as runtime } from "../symbols.js";
import type { Module } from "./module.js";
import {
  call,
  exportedConst,
  exportedInterface,
  identifier,
  importAll,
  importOf,
  importTypes,
  localConst,
  readonlyProperty,
  record,
  typeReference,
} from "./syntax.js";
import { argumentsType, valueType } from "./task-types.js";

const { factory } = ts;

/** `arbitraries.ts`: arguments of each task, and values of each structured type, for property tests with fast-check. */
export function arbitrariesModule(model: Model): Module {
  const withTypes = model.defs.length > 0;
  const used: ArbitrariesSymbol[] = withTypes ? ["argumentsOf", "objectsOf"] : ["argumentsOf"];
  const tasks = model.tasks.map(({ identifier: name, args, variadic }) => {
    const schemas = args.some(({ type }) => type.kind === "object") ? [identifier("schemas")] : [];
    const types = factory.createArrayLiteralExpression(args.map(({ type }) => argumentType(type)));
    const value = call("argumentsOf", identifier("fc"), types, variadic ? factory.createTrue() : factory.createFalse(), ...schemas);
    return [name, value] as const;
  });
  return {
    path: "arbitraries.ts",
    statements: [
      importAll("fc", "fast-check"),
      importOf(used, runtime),
      ...(withTypes ? [importTypes("types", "./types.js")] : []),
      ...(withTypes
        ? [localConst("schemas", record(model.defs.map(({ name, schema }) => [name, jsonLiteral(checked(schema))])))]
        : []),
      withJsDoc(
        exportedInterface(
          "Arbitraries",
          model.tasks.map((task) => readonlyProperty(task.identifier, arbitrary(argumentsType(task)))),
        ),
        {
          description: "The arguments of each task: `fc.property(arbitraries.add, (args) => …)`.",
        },
      ),
      exportedConst("arbitraries", typeReference("Arbitraries"), record(tasks)),
      ...(withTypes ? objects(model) : []),
    ],
  };
}

function objects({ defs }: Model): ts.Statement[] {
  const members = defs.map(({ name, identifier: type }) =>
    readonlyProperty(type, arbitrary(valueType({ kind: "object", def: name }))),
  );
  const values = defs.map(
    ({ name, identifier: type }) =>
      [type, call("objectsOf", identifier("fc"), stringLiteral(name), identifier("schemas"))] as const,
  );
  return [
    withJsDoc(exportedInterface("Objects", members), { description: "The values of each structured type." }),
    exportedConst("objects", typeReference("Objects"), record(values)),
  ];
}

function argumentType(type: ScalarType | ObjectType): ts.Expression {
  return type.kind === "scalar" ? stringLiteral(type.go) : jsonLiteral({ object: type.def });
}

function arbitrary(type: ts.TypeNode): ts.TypeNode {
  return factory.createTypeReferenceNode(factory.createQualifiedName(identifier("fc"), "Arbitrary"), [type]);
}

const forPeople = new Set(["title", "description", "deprecated", "examples", "$comment"]);

/** A schema without what says nothing of its values. */
function checked(schema: JsonSchema): JsonSchema {
  const members = Object.entries(schema).filter(([keyword]) => !forPeople.has(keyword));
  return Object.fromEntries(
    members.map(([keyword, value]) => {
      if (keyword === "properties") {
        const fields = Object.entries(value as Record<string, JsonSchema>);
        return [keyword, Object.fromEntries(fields.map(([name, field]) => [name, checked(field)]))];
      }
      const isSchema = (keyword === "items" || keyword === "additionalProperties") && typeof value === "object" && value !== null;
      return [keyword, isSchema ? checked(value as JsonSchema) : value];
    }),
  );
}
