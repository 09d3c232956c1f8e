import { ts } from "ts-morph";
import { jsonLiteral, propertyKey, stringLiteral } from "../literal.js";
import { checkName, type ValidateSymbol, validateModule } from "../symbols.js";
import { folded } from "./ajv-fold.js";
import { askedIfInteger, askedIfObject } from "./ajv-questions.js";
import { member } from "./syntax.js";

const { factory } = ts;

/** AJV's own helpers, by the names that `gen/v1/validate` gives them. */
const helpers: ReadonlyMap<string, ValidateSymbol> = new Map([
  ["ajv/dist/runtime/ucs2length", "ucs2length"],
  ["ajv/dist/runtime/equal", "equal"],
]);

/**
 * The module that AJV prints, read and made ours. It `require`s even where it is asked for ESM: that becomes names to import. It
 * holds copies of whole schemas: in their place stand the values that the code takes from them. Every string is written anew by
 * `lit`. A statement of any other kind than those known here is an error.
 */
export class AjvModule {
  readonly imports: readonly ValidateSymbol[];
  readonly statements: readonly ts.Statement[];
  readonly #imports = new Set<ValidateSymbol>();
  readonly #names: Map<string, string>;
  readonly #schemas = new Map<string, unknown>();
  /** `wrapper0.validate`, by which AJV calls a function within itself. */
  readonly #wrappers = new Map<string, ts.Identifier>();
  readonly #keySets: ts.Statement[] = [];
  readonly #source: ts.SourceFile;

  /** @param functions AJV's names of its functions, and ours */
  constructor(code: string, functions: ReadonlyMap<string, string>) {
    this.#names = new Map(functions);
    this.#source = ts.createSourceFile("ajv.js", code, ts.ScriptTarget.ES2023, false, ts.ScriptKind.JS);
    const own = this.#source.statements.filter((statement) => !isDirective(statement) && !isExport(statement));
    const constants = own.filter(ts.isVariableStatement).flatMap((statement) => this.#constant(statement));
    const declared = own.filter((statement) => !ts.isVariableStatement(statement)).map(functionDeclaration);
    const validators = declared.map((statement) => folded(this.#rewritten(statement)));
    this.statements = [...constants.map((statement) => this.#rewritten(statement)), ...this.#keySets, ...validators];
    this.imports = [...this.#imports].sort();
  }

  /** A constant of AJV's: noted and gone where it is a schema or a helper, else with what it is in our module. */
  #constant(statement: ts.VariableStatement): ts.VariableStatement[] {
    const [declaration, ...more] = statement.declarationList.declarations;
    const value = declaration?.initializer;
    if (declaration === undefined || value === undefined || !ts.isIdentifier(declaration.name) || more.length > 0)
      return unknown(statement);
    const name = declaration.name.text;
    if (name.startsWith("schema")) {
      this.#schemas.set(name, JSON.parse(value.getText(this.#source)));
      return [];
    }
    const wrapped = wrappedFunction(value);
    if (wrapped !== undefined) {
      this.#wrappers.set(name, wrapped);
      return [];
    }
    if (ts.isNewExpression(value) && ts.isIdentifier(value.expression) && value.expression.text === "RegExp") return [statement];
    const [root, ...members] = memberPath(value) ?? unknown(statement);
    if (root === "Object") {
      this.#names.set(name, "hasOwn");
      return [statement];
    }
    const helper = helpers.get(root);
    if (helper !== undefined) {
      this.#names.set(name, this.#imported(helper));
      return [];
    }
    const [symbol, key] = members;
    if (root !== validateModule || symbol === undefined || key === undefined) return unknown(statement);
    this.#names.set(name, checkName(key));
    return [constant(name, member(this.#imported(symbol as ValidateSymbol), key))];
  }

  #imported(symbol: ValidateSymbol): ValidateSymbol {
    this.#imports.add(symbol);
    return symbol;
  }

  #rewritten<N extends ts.Node>(node: N): N {
    return ts.visitEachChild(node, this.#visit, undefined);
  }

  readonly #visit = (node: ts.Node): ts.Node | undefined => {
    if (ts.isEmptyStatement(node)) return undefined;
    if (ts.isStringLiteral(node)) return stringLiteral(node.text);
    if (ts.isIdentifier(node)) return factory.createIdentifier(this.#names.get(node.text) ?? node.text);
    if (ts.isCallExpression(node)) {
      const keys = this.#keys(node);
      if (keys !== undefined) return keys;
    }
    const fromSchema = this.#schemaValue(node);
    if (fromSchema !== undefined) return jsonLiteral(fromSchema.value);
    if (ts.isPropertyAccessExpression(node)) {
      const wrapped = ts.isIdentifier(node.expression) ? this.#wrappers.get(node.expression.text) : undefined;
      if (wrapped !== undefined) return this.#visit(wrapped);
      return factory.updatePropertyAccessExpression(node, ts.visitNode(node.expression, this.#visit) as ts.Expression, node.name);
    }
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) {
      return factory.updatePropertyAssignment(node, node.name, ts.visitNode(node.initializer, this.#visit) as ts.Expression);
    }
    const inner = this.#rewritten(node);
    // The factory puts in again those that are needed.
    if (ts.isParenthesizedExpression(inner)) return inner.expression;
    return this.#simplified(inner);
  };

  /** AJV's questions about a value's type, asked of a function that knows the values of `wire/json`. */
  #simplified(node: ts.Node): ts.Node {
    const object = askedIfObject(node);
    if (object !== undefined)
      return factory.createCallExpression(factory.createIdentifier(this.#imported("isObject")), undefined, [object]);
    const integer = askedIfInteger(node);
    if (integer === undefined) return node;
    const isInteger = factory.createPropertyAccessExpression(factory.createIdentifier("Number"), "isInteger");
    return factory.createCallExpression(isInteger, undefined, [integer]);
  }

  /** `hasOwn.call(schema31.properties, key)`, of which only the keys matter: they become a constant of their own. */
  #keys({ expression, arguments: given }: ts.CallExpression): ts.Expression | undefined {
    const [first, ...others] = given;
    const properties = first === undefined || ts.isIdentifier(first) ? undefined : this.#schemaValue(first);
    if (properties === undefined || memberPath(expression)?.at(-1) !== "call") return undefined;
    const name = `keys${this.#keySets.length}`;
    const keys = Object.keys(properties.value as object).map((key) =>
      factory.createPropertyAssignment(propertyKey(key), factory.createTrue()),
    );
    this.#keySets.push(constant(name, factory.createObjectLiteralExpression(keys, true)));
    const callee = ts.visitNode(expression, this.#visit) as ts.Expression;
    return factory.createCallExpression(callee, undefined, [
      factory.createIdentifier(name),
      ...others.map((other) => ts.visitNode(other, this.#visit) as ts.Expression),
    ]);
  }

  /** What `schema31.properties.State.enum` is. */
  #schemaValue(node: ts.Node): { value: unknown } | undefined {
    const [root, ...members] = memberPath(node) ?? [];
    if (root === undefined || !this.#schemas.has(root)) return undefined;
    let value = this.#schemas.get(root);
    for (const member of members) value = (value as Record<string, unknown>)[member];
    return { value };
  }
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isEmptyStatement(statement) || (ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression));
}

function isExport(statement: ts.Statement): boolean {
  return ts.isVariableStatement(statement) && statement.modifiers !== undefined;
}

function functionDeclaration(statement: ts.Statement): ts.FunctionDeclaration {
  return ts.isFunctionDeclaration(statement) ? statement : unknown(statement);
}

/** `f` of `{ validate: f }`. */
function wrappedFunction(node: ts.Expression): ts.Identifier | undefined {
  const member = ts.isObjectLiteralExpression(node) ? node.properties[0] : undefined;
  return member !== undefined && ts.isPropertyAssignment(member) && ts.isIdentifier(member.initializer)
    ? member.initializer
    : undefined;
}

/** `a.b["c"]` and `require("a").b` as `[a, b, c]`; of other expressions nothing. */
function memberPath(node: ts.Node): [string, ...string[]] | undefined {
  if (ts.isIdentifier(node)) return [node.text];
  if (ts.isCallExpression(node)) {
    const [module] = node.arguments;
    const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
    return isRequire && module !== undefined && ts.isStringLiteral(module) ? [module.text] : undefined;
  }
  const member = ts.isPropertyAccessExpression(node)
    ? node.name.text
    : ts.isElementAccessExpression(node)
      ? literalText(node.argumentExpression)
      : undefined;
  if (member === undefined) return undefined;
  const path = memberPath((node as ts.PropertyAccessExpression | ts.ElementAccessExpression).expression);
  return path === undefined ? undefined : [...path, member];
}

function literalText(node: ts.Expression): string | undefined {
  return ts.isStringLiteral(node) || ts.isNumericLiteral(node) ? node.text : undefined;
}

function constant(name: string, value: ts.Expression): ts.VariableStatement {
  const declaration = factory.createVariableDeclaration(name, undefined, undefined, value);
  return factory.createVariableStatement(undefined, factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const));
}

function unknown(statement: ts.Statement): never {
  throw new Error(`AJV printed a ${ts.SyntaxKind[statement.kind]} that is not known here`);
}
