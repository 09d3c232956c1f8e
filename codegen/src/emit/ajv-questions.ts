import { ts } from "ts-morph";

const printer = ts.createPrinter();
const nowhere = ts.createSourceFile("", "", ts.ScriptTarget.ES2023);

/** `x` of `x && typeof x == "object" && !Array.isArray(x)` */
export function askedIfObject(node: ts.Node): ts.Expression | undefined {
  const last = lastOfConjunction(node);
  const call = last !== undefined && ts.isPrefixUnaryExpression(last) ? last.operand : undefined;
  return askedOf(node, call, /^(.+) && typeof \1 == "object" && !Array\.isArray\(\1\)$/);
}

/** `x` of `typeof x == "number" && !(x % 1) && !isNaN(x) && isFinite(x)` */
export function askedIfInteger(node: ts.Node): ts.Expression | undefined {
  return askedOf(node, lastOfConjunction(node), /^typeof (.+) == "number" && \(?!\(\1 % 1\) && !isNaN\(\1\)\)? && isFinite\(\1\)$/);
}

function lastOfConjunction(node: ts.Node): ts.Expression | undefined {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ? node.right : undefined;
}

function askedOf(node: ts.Node, last: ts.Expression | undefined, question: RegExp): ts.Expression | undefined {
  if (last === undefined || !ts.isCallExpression(last) || last.arguments.length !== 1) return undefined;
  return question.test(printer.printNode(ts.EmitHint.Unspecified, node, nowhere)) ? last.arguments[0] : undefined;
}
