import { ts } from "ts-morph";
import { propertyKey, stringLiteral } from "../literal.js";

const { factory } = ts;
const exported = [factory.createToken(ts.SyntaxKind.ExportKeyword)];

/** An identifier of generated code. Whatever it was made of, it is one, or the generator stops. */
export function identifier(name: string): ts.Identifier {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error("the generator was about to write something else than an identifier");
  return factory.createIdentifier(name);
}

export function importOf(names: readonly string[], module: string, { typeOnly = false } = {}): ts.ImportDeclaration {
  const specifiers = names.map((name) => factory.createImportSpecifier(false, undefined, identifier(name)));
  const clause = factory.createImportClause(
    typeOnly ? ts.SyntaxKind.TypeKeyword : undefined,
    undefined,
    factory.createNamedImports(specifiers),
  );
  return factory.createImportDeclaration(undefined, clause, stringLiteral(module));
}

export function exportedConst(name: string, type: ts.TypeNode, value: ts.Expression): ts.VariableStatement {
  const declaration = factory.createVariableDeclaration(identifier(name), undefined, type, value);
  return factory.createVariableStatement(exported, factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const));
}

export function typeReference(name: string, ...typeArguments: ts.TypeNode[]): ts.TypeReferenceNode {
  return factory.createTypeReferenceNode(identifier(name), typeArguments.length === 0 ? undefined : typeArguments);
}

/** An object literal, one member a line. */
export function record(members: readonly (readonly [key: string, value: ts.Expression])[]): ts.ObjectLiteralExpression {
  return factory.createObjectLiteralExpression(
    members.map(([key, value]) => factory.createPropertyAssignment(propertyKey(key), value)),
    true,
  );
}
