import { ts } from "ts-morph";

const { factory, SyntaxKind } = ts;

/**
 * A validator of AJV's without what can never be otherwise. AJV counts errors so that some schemas can go on after one; where a
 * schema stops at its first error, the counter is always 0, every question about it has one answer, and what is left reads as if
 * written by hand (and runs faster). Functions that do go on after an error (`anyOf`, `not`, `propertyNames`) stay as they are.
 */
export function folded(validator: ts.FunctionDeclaration): ts.FunctionDeclaration {
  const { name, body } = validator;
  if (name === undefined || body === undefined || !stopsAtFirstError(body)) return validator;
  const statements = new Folding(name, body).statements(body.statements);
  return factory.updateFunctionDeclaration(
    validator,
    validator.modifiers,
    validator.asteriskToken,
    name,
    validator.typeParameters,
    validator.parameters,
    validator.type,
    factory.createBlock(statements, true),
  );
}

/** Whether the only thing ever counted is that a function which was called has failed. */
function stopsAtFirstError(body: ts.Block): boolean {
  let stops = true;
  const visit = (node: ts.Node): void => {
    if (isFailedCall(node)) return;
    if (ts.isPostfixUnaryExpression(node) && isNamed(node.operand, "errors")) stops = false;
    if (isAssignment(node) && (isNamed(node.left, "errors") || isNamed(node.left, "vErrors"))) stops = false;
    ts.forEachChild(node, visit);
  };
  visit(body);
  return stops;
}

/** `if (!validateX(…)) { vErrors = …; errors = vErrors.length; }` */
function isFailedCall(node: ts.Node): boolean {
  if (!ts.isIfStatement(node) || node.elseStatement !== undefined || failedFunction(node) === undefined) return false;
  const statements = ts.isBlock(node.thenStatement) ? node.thenStatement.statements : [];
  const [first, second, ...more] = statements.map((one) =>
    ts.isExpressionStatement(one) && isAssignment(one.expression) ? one.expression.left : one,
  );
  return more.length === 0 && first !== undefined && isNamed(first, "vErrors") && second !== undefined && isNamed(second, "errors");
}

function failedFunction({ expression }: ts.IfStatement): ts.Identifier | undefined {
  const call =
    ts.isPrefixUnaryExpression(expression) && expression.operator === SyntaxKind.ExclamationToken ? expression.operand : undefined;
  return call !== undefined &&
    ts.isCallExpression(call) &&
    ts.isIdentifier(call.expression) &&
    call.expression.text.startsWith("validate")
    ? call.expression
    : undefined;
}

class Folding {
  readonly #name: ts.Identifier;
  /** `valid0` and the like that are never anything but true. */
  readonly #true: ReadonlySet<string>;

  constructor(name: ts.Identifier, body: ts.Block) {
    this.#name = name;
    this.#true = alwaysTrue(body);
  }

  statements(list: readonly ts.Statement[]): ts.Statement[] {
    const result: ts.Statement[] = [];
    for (const statement of list) {
      result.push(...this.#statement(statement));
      const last = result.at(-1);
      if (last !== undefined && leaves(last)) break;
    }
    return result;
  }

  #statement(statement: ts.Statement): ts.Statement[] {
    if (ts.isBlock(statement)) return this.statements(statement.statements);
    if (ts.isVariableStatement(statement)) return this.#isKnown(statement) ? [] : [withoutCount(statement)];
    if (ts.isIfStatement(statement)) return this.#if(statement);
    if (ts.isReturnStatement(statement)) {
      return [
        statement.expression !== undefined && isEquality(statement.expression)
          ? factory.createReturnStatement(factory.createTrue())
          : statement,
      ];
    }
    if (
      ts.isExpressionStatement(statement) &&
      isAssignment(statement.expression) &&
      isNamed(statement.expression.right, "vErrors")
    ) {
      return [this.#errors(factory.createNull())];
    }
    if (ts.isForStatement(statement)) {
      const body = this.#block(statement.statement);
      return [factory.updateForStatement(statement, statement.initializer, statement.condition, statement.incrementor, body)];
    }
    if (ts.isForOfStatement(statement)) {
      return [
        factory.updateForOfStatement(
          statement,
          statement.awaitModifier,
          statement.initializer,
          statement.expression,
          this.#block(statement.statement),
        ),
      ];
    }
    if (ts.isLabeledStatement(statement)) {
      const [only, ...more] = this.#statement(statement.statement);
      return only === undefined ? [] : [factory.updateLabeledStatement(statement, statement.label, only), ...more];
    }
    return [statement];
  }

  #if(statement: ts.IfStatement): ts.Statement[] {
    if (isFailedCall(statement)) {
      const called = failedFunction(statement)!;
      const errors = this.#errors(factory.createPropertyAccessExpression(called, "errors"));
      const leave = [...(called.text === this.#name.text ? [] : [errors]), factory.createReturnStatement(factory.createFalse())];
      return [factory.createIfStatement(statement.expression, factory.createBlock(leave, true))];
    }
    const known = this.#value(statement.expression);
    if (known === true) return this.#statement(statement.thenStatement);
    if (known === false) return statement.elseStatement === undefined ? [] : this.#statement(statement.elseStatement);
    const then = this.#statement(statement.thenStatement);
    const otherwise = statement.elseStatement === undefined ? [] : this.#statement(statement.elseStatement);
    if (then.length === 0 && otherwise.length === 0) return [];
    if (then.some(leaves)) return [factory.createIfStatement(statement.expression, factory.createBlock(then, true)), ...otherwise];
    if (otherwise.some(leaves) || then.length === 0) {
      return [factory.createIfStatement(not(statement.expression), factory.createBlock(otherwise, true)), ...then];
    }
    const last = otherwise.length === 0 ? undefined : factory.createBlock(otherwise, true);
    return [factory.createIfStatement(statement.expression, factory.createBlock(then, true), last)];
  }

  #block(statement: ts.Statement): ts.Block {
    return factory.createBlock(this.#statement(statement), true);
  }

  /** `validateX.errors = …` */
  #errors(value: ts.Expression): ts.Statement {
    const errors = factory.createPropertyAccessExpression(this.#name, "errors");
    return factory.createExpressionStatement(factory.createAssignment(errors, value));
  }

  /** Whether the statement only names something whose value is known. */
  #isKnown({ declarationList }: ts.VariableStatement): boolean {
    return declarationList.declarations.every(({ name }) => {
      if (!ts.isIdentifier(name)) return false;
      return name.text === "errors" || name.text === "vErrors" || name.text.startsWith("_errs") || this.#true.has(name.text);
    });
  }

  #value(condition: ts.Expression): boolean | undefined {
    if (isEquality(condition)) return true;
    if (ts.isIdentifier(condition) && this.#true.has(condition.text)) return true;
    const negated =
      ts.isPrefixUnaryExpression(condition) && condition.operator === SyntaxKind.ExclamationToken ? condition.operand : undefined;
    return negated !== undefined && this.#value(negated) === true ? false : undefined;
  }
}

/** `var valid0 = _errs1 === errors`, where the name is at times given something else, with the answer in its place. */
function withoutCount(statement: ts.VariableStatement): ts.VariableStatement {
  const declarations = statement.declarationList.declarations.map((declaration) =>
    declaration.initializer !== undefined && isEquality(declaration.initializer)
      ? factory.updateVariableDeclaration(declaration, declaration.name, undefined, undefined, factory.createTrue())
      : declaration,
  );
  const list = factory.updateVariableDeclarationList(statement.declarationList, declarations);
  return factory.updateVariableStatement(statement, undefined, list);
}

/** Names that are only ever given `true`, or the answer of an equality that always holds. */
function alwaysTrue(body: ts.Block): ReadonlySet<string> {
  const values = new Map<string, boolean>();
  const visit = (node: ts.Node): void => {
    const given = ts.isVariableDeclaration(node)
      ? [node.name, node.initializer]
      : isAssignment(node)
        ? [node.left, node.right]
        : [];
    const [name, value] = given;
    if (name !== undefined && ts.isIdentifier(name) && /^valid\d+$/.test(name.text)) {
      const holds = value !== undefined && (value.kind === SyntaxKind.TrueKeyword || isEquality(value));
      values.set(name.text, holds && values.get(name.text) !== false);
    }
    ts.forEachChild(node, visit);
  };
  visit(body);
  return new Set([...values].filter(([, holds]) => holds).map(([name]) => name));
}

/** `errors === 0`, `errors === _errs1`, `_errs1 === errors`: true as long as nothing is counted. */
function isEquality(node: ts.Node): boolean {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== SyntaxKind.EqualsEqualsEqualsToken) return false;
  return [node.left, node.right].every((side) => isCount(side)) && [node.left, node.right].some((side) => isNamed(side, "errors"));
}

function isCount(node: ts.Expression): boolean {
  if (ts.isNumericLiteral(node)) return node.text === "0";
  return ts.isIdentifier(node) && (node.text === "errors" || node.text.startsWith("_errs"));
}

function leaves(statement: ts.Statement): boolean {
  return ts.isReturnStatement(statement) || ts.isBreakStatement(statement);
}

function not(condition: ts.Expression): ts.Expression {
  if (ts.isPrefixUnaryExpression(condition) && condition.operator === SyntaxKind.ExclamationToken) return condition.operand;
  if (ts.isBinaryExpression(condition) && condition.operatorToken.kind === SyntaxKind.EqualsEqualsEqualsToken) {
    return factory.createStrictInequality(condition.left, condition.right);
  }
  return factory.createLogicalNot(condition);
}

function isAssignment(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.EqualsToken;
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}
