import { ts } from "ts-morph";
import { withJsDoc } from "../comment.js";
import { jsonLiteral, numberLiteral, stringLiteral } from "../literal.js";
import type { Model, Parameter, Task } from "../model.js";
import type { RuntimeName } from "../symbols.js";
import { codecName, type Use, usedCodecs, wireType } from "./codecs.js";
import { definitionsOf, importsOf } from "./imports.js";
import { type Module, runtimeImport, typesImport } from "./module.js";
import {
  call,
  exportedConst,
  exportedInterface,
  identifier,
  importOf,
  localConst,
  member,
  parameter,
  readonlyProperty,
  record,
  typeReference,
} from "./syntax.js";
import { argumentsType, type Callable, flowName, givesType, isRest, resultType, takesType, valueType } from "./task-types.js";
import { versionName } from "./validators.js";

const { factory } = ts;
const { SyntaxKind } = ts;

/** `definitions.ts`: every task with the straight-line code that writes and reads its arguments and results. */
export function definitionsModule(model: Model): Module {
  const codecs = usedCodecs(model);
  const runtime = new Set<RuntimeName>(["checkResults", "type TaskDefinition", ...codecs.map(({ from }) => from)]);
  if (model.tasks.some(({ returns }) => returns.length > 1)) runtime.add("tuple");
  const tables = [
    ...(runtime.has("objectCodec") ? ["objects"] : []),
    "tasks",
    ...(model.tasks.some(({ versions }) => versions.length > 0) ? ["versions"] : []),
  ];
  const members = model.tasks.map((task) =>
    readonlyProperty(
      task.identifier,
      typeReference("TaskDefinition", argumentsType(task), resultType(task), takesType(task), givesType(task)),
    ),
  );
  return {
    path: "definitions.ts",
    statements: [
      runtimeImport(...runtime),
      ...importsOf(model, "definitions", "Definitions"),
      ...typesImport(model, { withVersions: true }),
      importOf(tables, "./validators.js"),
      ...codecs.map(({ name, codec }) => localConst(name, codec)),
      withJsDoc(exportedInterface("Definitions", members), { description: "The tasks of the contract, for the runtime." }),
      exportedConst(
        "definitions",
        typeReference("Definitions"),
        record(model.tasks.map((task) => [task.identifier, definition(task)])),
      ),
      ...definitionsOf(model),
    ],
  };
}

function definition(task: Task): ts.Expression {
  return factory.createObjectLiteralExpression(
    [
      property("name", stringLiteral(task.name)),
      ...(task.aliases === undefined ? [] : [property("aliases", jsonLiteral(task.aliases))]),
      property("hash", stringLiteral(task.hash)),
      ...formerHashes(task),
      property("policy", jsonLiteral(task.policy)),
      property("parameters", jsonLiteral(task.args.map(({ name, type }) => ({ name, type: flowName(type) })))),
      property("takes", wireTypes(task.args)),
      property("variadic", task.variadic ? factory.createTrue() : factory.createFalse()),
      property("gives", wireTypes(task.returns)),
      ...(task.versions.length === 0 ? [] : [property("versions", versions(task))]),
      property("validate", member("tasks", task.identifier)),
      method("encodeArgs", ["args"], encodeArgs(task)),
      method("decodeArgs", task.args.length === 0 ? [] : ["args"], decodeArgs(task)),
      method("encodeResults", task.returns.length === 0 ? [] : ["value"], encodeResults(task)),
      method("decodeResults", ["results"], decodeResults(task)),
    ],
    true,
  );
}

function formerHashes({ formerHashes: hashes }: Callable): ts.PropertyAssignment[] {
  return hashes === undefined ? [] : [property("formerHashes", jsonLiteral(hashes))];
}

/** How workers read what senders of older versions send. */
function versions({ identifier: name, versions }: Task): ts.Expression {
  return factory.createArrayLiteralExpression(
    versions.map((version, index) =>
      factory.createObjectLiteralExpression(
        [
          property("hash", stringLiteral(version.hash)),
          ...formerHashes(version),
          property("validate", member("versions", versionName(name, index))),
          method("decodeArgs", version.args.length === 0 ? [] : ["args"], decodeArgs(version)),
        ],
        true,
      ),
    ),
    true,
  );
}

function encodeArgs(task: Task): ts.Statement[] {
  if (task.args.length === 0) return [factory.createReturnStatement(stringLiteral(""))];
  const text = identifier("text");
  const append = (value: ts.Expression) =>
    factory.createExpressionStatement(factory.createBinaryExpression(text, SyntaxKind.PlusEqualsToken, value));
  const start = factory.createVariableDeclaration(text, undefined, undefined, stringLiteral(""));
  const steps = task.args.map((arg, index) => {
    const head = `{"Name":"","Type":"${wireType(arg.type)}","Value":`;
    if (isRest(task, index)) {
      const value = encoded("argument", arg, element("args", identifier("i")), offset(index));
      if (index > 0) return loop(index, "args", append(joined(stringLiteral(`,${head}`), value, stringLiteral("}"))));
      const first = factory.createBinaryExpression(identifier("i"), SyntaxKind.EqualsEqualsEqualsToken, numberLiteral(0));
      const either = factory.createConditionalExpression(
        first,
        undefined,
        stringLiteral(head),
        undefined,
        stringLiteral(`,${head}`),
      );
      return loop(0, "args", append(joined(factory.createParenthesizedExpression(either), value, stringLiteral("}"))));
    }
    const value = encoded("argument", arg, element("args", numberLiteral(index)));
    const given = factory.createBinaryExpression(member("args", "length"), SyntaxKind.GreaterThanToken, numberLiteral(index));
    const step = factory.createIfStatement(
      given,
      append(joined(stringLiteral(index === 0 ? head : `,${head}`), value, stringLiteral("}"))),
    );
    return ts.setEmitFlags(step, ts.EmitFlags.SingleLine);
  });
  return [
    factory.createVariableStatement(undefined, factory.createVariableDeclarationList([start], ts.NodeFlags.Let)),
    ...steps,
    factory.createReturnStatement(text),
  ];
}

function decodeArgs(task: Callable): ts.Statement[] {
  const fixed = task.variadic ? task.args.slice(0, -1) : task.args;
  const first = factory.createArrayLiteralExpression(
    fixed.map((arg, index) => decoded("argument", arg, element("args", numberLiteral(index)))),
  );
  const rest = task.variadic ? task.args.at(-1) : undefined;
  if (rest === undefined) return [factory.createReturnStatement(first)];
  const values = factory.createVariableDeclaration(
    identifier("values"),
    undefined,
    factory.createArrayTypeNode(factory.createKeywordTypeNode(SyntaxKind.UnknownKeyword)),
    first,
  );
  const value = decoded("argument", rest, element("args", identifier("i")), offset(fixed.length));
  return [
    factory.createVariableStatement(undefined, factory.createVariableDeclarationList([values], ts.NodeFlags.Const)),
    loop(fixed.length, "args", factory.createExpressionStatement(call(member("values", "push"), value))),
    factory.createReturnStatement(identifier("values")),
  ];
}

function encodeResults({ returns }: Task): ts.Statement[] {
  const [only, ...more] = returns;
  if (only === undefined) return [factory.createReturnStatement(stringLiteral("[]"))];
  const head = (result: Parameter) => `{"Type":"${wireType(result.type)}","Value":`;
  if (more.length === 0) {
    return [
      factory.createReturnStatement(
        joined(stringLiteral(`[${head(only)}`), encoded("result", only, identifier("value")), stringLiteral("}]")),
      ),
    ];
  }
  const values = call("tuple", identifier("value"), numberLiteral(returns.length));
  const [first, ...parts] = returns.flatMap((result, index) => [
    stringLiteral(`${index === 0 ? "[" : "},"}${head(result)}`),
    encoded("result", result, element("values", numberLiteral(index))),
  ]);
  return [localConst("values", values), factory.createReturnStatement(joined(first!, ...parts, stringLiteral("}]")))];
}

function decodeResults(task: Task): ts.Statement[] {
  const check = factory.createExpressionStatement(
    call("checkResults", member("definitions", task.identifier), identifier("results")),
  );
  const values = task.returns.map((result, index) => decoded("result", result, element("results", numberLiteral(index))));
  const [only, ...more] = values;
  if (only === undefined) return [check];
  return [check, factory.createReturnStatement(more.length === 0 ? only : factory.createArrayLiteralExpression(values))];
}

/** `int64.encode(value as bigint, "terms", i)` */
function encoded(use: Use, { name, type }: Parameter, value: ts.Expression, ...index: ts.Expression[]): ts.Expression {
  const typed = factory.createAsExpression(value, valueType(type));
  return call(member(codecName(type, use), "encode"), typed, stringLiteral(name), ...index);
}

/** `int64.decode(args[i]!.Value, "terms", i)` */
function decoded(use: Use, { name, type }: Parameter, arg: ts.Expression, ...index: ts.Expression[]): ts.Expression {
  const value = member(factory.createNonNullExpression(arg), "Value");
  return call(member(codecName(type, use), "decode"), value, stringLiteral(name), ...index);
}

/** `i`, or `i - first`: which of the variadic arguments it is. */
function offset(first: number): ts.Expression {
  return first === 0
    ? identifier("i")
    : factory.createBinaryExpression(identifier("i"), SyntaxKind.MinusToken, numberLiteral(first));
}

/** `for (let i = first; i < list.length; i++) statement` */
function loop(first: number, list: string, statement: ts.Statement): ts.Statement {
  const i = factory.createVariableDeclaration(identifier("i"), undefined, undefined, numberLiteral(first));
  return factory.createForStatement(
    factory.createVariableDeclarationList([i], ts.NodeFlags.Let),
    factory.createBinaryExpression(identifier("i"), SyntaxKind.LessThanToken, member(list, "length")),
    factory.createPostfixIncrement(identifier("i")),
    factory.createBlock([statement], true),
  );
}

function joined(first: ts.Expression, ...more: ts.Expression[]): ts.Expression {
  return more.reduce((left, right) => factory.createBinaryExpression(left, SyntaxKind.PlusToken, right), first);
}

function element(list: string, index: ts.Expression): ts.Expression {
  return factory.createElementAccessExpression(identifier(list), index);
}

function property(name: string, value: ts.Expression): ts.PropertyAssignment {
  return factory.createPropertyAssignment(name, value);
}

function method(name: string, names: readonly string[], statements: ts.Statement[]): ts.MethodDeclaration {
  const given = names.map((one) => parameter(one));
  return factory.createMethodDeclaration(
    undefined,
    undefined,
    name,
    undefined,
    undefined,
    given,
    undefined,
    factory.createBlock(statements, true),
  );
}

function wireTypes(list: readonly Parameter[]): ts.Expression {
  return factory.createArrayLiteralExpression(list.map(({ type }) => stringLiteral(wireType(type))));
}
