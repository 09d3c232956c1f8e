import { ts } from "ts-morph";
import { propertyKey, stringLiteral } from "../literal.js";

const { factory } = ts;
const exported = [factory.createToken(ts.SyntaxKind.ExportKeyword)];
const readonlyModifier = [factory.createToken(ts.SyntaxKind.ReadonlyKeyword)];

/** An identifier of generated code. Whatever it was made of, it is one, or the generator stops. */
export function identifier(name: string): ts.Identifier {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error("the generator was about to write something else than an identifier");
  return factory.createIdentifier(name);
}

/** `a.b`, or `a["b c"]`. */
export function member(object: ts.Expression | string, key: string): ts.Expression {
  const target = typeof object === "string" ? identifier(object) : object;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key)
    ? factory.createPropertyAccessExpression(target, key)
    : factory.createElementAccessExpression(target, stringLiteral(key));
}

export function call(callee: ts.Expression | string, ...args: ts.Expression[]): ts.CallExpression {
  return factory.createCallExpression(typeof callee === "string" ? identifier(callee) : callee, undefined, args);
}

export function importOf(names: readonly string[], module: string): ts.ImportDeclaration {
  return importDeclaration(undefined, factory.createNamedImports(names.map(importSpecifier)), module);
}

export function importTypesOf(names: readonly string[], module: string): ts.ImportDeclaration {
  return importDeclaration(ts.SyntaxKind.TypeKeyword, factory.createNamedImports(names.map(importSpecifier)), module);
}

/** `import type * as name from "module"` */
export function importTypes(name: string, module: string): ts.ImportDeclaration {
  return importDeclaration(ts.SyntaxKind.TypeKeyword, factory.createNamespaceImport(identifier(name)), module);
}

/** `import * as name from "module"` */
export function importAll(name: string, module: string): ts.ImportDeclaration {
  return importDeclaration(undefined, factory.createNamespaceImport(identifier(name)), module);
}

/** `name`, `type Name`, `name as other`, `type Name as Other` */
function importSpecifier(specifier: string): ts.ImportSpecifier {
  const typeOnly = specifier.startsWith("type ");
  const [name = "", alias] = specifier.replace(/^type /, "").split(" as ");
  return factory.createImportSpecifier(typeOnly, alias === undefined ? undefined : identifier(name), identifier(alias ?? name));
}

function importDeclaration(
  phase: ts.SyntaxKind.TypeKeyword | undefined,
  bindings: ts.NamedImportBindings,
  module: string,
): ts.ImportDeclaration {
  return factory.createImportDeclaration(undefined, factory.createImportClause(phase, undefined, bindings), stringLiteral(module));
}

export function exportedConst(name: string, type: ts.TypeNode, value: ts.Expression): ts.VariableStatement {
  return factory.createVariableStatement(
    exported,
    constants(factory.createVariableDeclaration(identifier(name), undefined, type, value)),
  );
}

export function localConst(name: string, value: ts.Expression): ts.VariableStatement {
  return factory.createVariableStatement(
    undefined,
    constants(factory.createVariableDeclaration(identifier(name), undefined, undefined, value)),
  );
}

function constants(declaration: ts.VariableDeclaration): ts.VariableDeclarationList {
  return factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const);
}

/** `export function name(parameter: type): result { return value; }` */
export function exportedFunction(
  name: string,
  given: ts.ParameterDeclaration,
  result: ts.TypeNode,
  value: ts.Expression,
): ts.FunctionDeclaration {
  const body = factory.createBlock([factory.createReturnStatement(value)], true);
  return factory.createFunctionDeclaration(exported, undefined, identifier(name), undefined, [given], result, body);
}

export function exportedInterface(name: string, members: readonly ts.TypeElement[]): ts.InterfaceDeclaration {
  return factory.createInterfaceDeclaration(exported, identifier(name), undefined, undefined, members);
}

export function readonlyProperty(name: string, type: ts.TypeNode, { optional = false } = {}): ts.PropertySignature {
  const mark = optional ? factory.createToken(ts.SyntaxKind.QuestionToken) : undefined;
  return factory.createPropertySignature(readonlyModifier, propertyKey(name), mark, type);
}

export function parameter(name: string, type?: ts.TypeNode, { rest = false } = {}): ts.ParameterDeclaration {
  const dots = rest ? factory.createToken(ts.SyntaxKind.DotDotDotToken) : undefined;
  return factory.createParameterDeclaration(undefined, dots, identifier(name), undefined, type);
}

export function typeReference(name: string, ...typeArguments: ts.TypeNode[]): ts.TypeReferenceNode {
  return factory.createTypeReferenceNode(identifier(name), typeArguments.length === 0 ? undefined : typeArguments);
}

export function literalType(text: string): ts.TypeNode {
  return factory.createLiteralTypeNode(stringLiteral(text));
}

export function readonlyType(type: ts.ArrayTypeNode | ts.TupleTypeNode): ts.TypeNode {
  return factory.createTypeOperatorNode(ts.SyntaxKind.ReadonlyKeyword, type);
}

/** An object literal, one member a line. */
export function record(members: readonly (readonly [key: string, value: ts.Expression])[]): ts.ObjectLiteralExpression {
  return factory.createObjectLiteralExpression(
    members.map(([key, value]) => factory.createPropertyAssignment(propertyKey(key), value)),
    members.length > 0,
  );
}
