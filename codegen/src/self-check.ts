import { ts } from "ts-morph";
import { GenerateError } from "./generate-error.js";
import { foreignComment } from "./self-check-comments.js";
import { arbitrariesModule, runtimeModule, validateModule } from "./symbols.js";

const { SyntaxKind } = ts;

/**
 * Reads a generated file as the compiler would and compares it with what the generator ever writes. Names, strings and comments are
 * made so that no text of a contract can become code; this is the net under that, for what nobody has thought of.
 *
 * @throws GenerateError `ERR_SELF_CHECK`
 */
export function checkGenerated(path: string, text: string): void {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const [wrong] = syntaxErrors(path, source);
  if (wrong !== undefined) throw refusal(source, wrong.start ?? 0, ts.flattenDiagnosticMessageText(wrong.messageText, " "));
  const known = new Set([...globals, ...declaredNames(source)]);
  for (const statement of source.statements) {
    if (!statements.has(statement.kind))
      throw refusal(source, statement.getStart(source), `a ${SyntaxKind[statement.kind]} in the module`);
  }
  visit(source);
  const comment = foreignComment(source);
  if (comment !== undefined) throw refusal(source, comment, "a comment that is none of the generator's");

  function visit(node: ts.Node): void {
    const wrong = problem(node, known);
    if (wrong !== undefined) throw refusal(source, node.getStart(source), wrong);
    ts.forEachChild(node, (child) => (isType(child) ? visitType(child) : visit(child)));
  }

  function visitType(node: ts.Node): void {
    if (ts.isImportTypeNode(node) || ts.isTypeQueryNode(node))
      throw refusal(source, node.getStart(source), "a type of a value or module");
    ts.forEachChild(node, visitType);
  }
}

function syntaxErrors(path: string, source: ts.SourceFile): readonly ts.DiagnosticWithLocation[] {
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === path ? source : undefined),
    getDefaultLibFileName: () => "",
    writeFile: () => {},
    getCurrentDirectory: () => "",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => name === path,
    readFile: () => undefined,
  };
  return ts.createProgram([path], { noResolve: true, noLib: true }, host).getSyntacticDiagnostics(source);
}

/** What the compiler erases. */
function isType(node: ts.Node): boolean {
  return ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

function refusal(source: ts.SourceFile, position: number, what: string): GenerateError {
  const { line, character } = source.getLineAndCharacterOfPosition(position);
  return new GenerateError("ERR_SELF_CHECK", `${source.fileName}:${line + 1}:${character + 1} would hold ${what}.`, {
    hint: "Nothing was written. Please report the contract that leads to this.",
  });
}

/** What may stand in a module. */
const statements = new Set([
  SyntaxKind.ImportDeclaration,
  SyntaxKind.ExportDeclaration,
  SyntaxKind.InterfaceDeclaration,
  SyntaxKind.TypeAliasDeclaration,
  SyntaxKind.VariableStatement,
  SyntaxKind.FunctionDeclaration,
]);

/** What may stand anywhere, beside types. */
const kinds = new Set([
  ...statements,
  SyntaxKind.SourceFile,
  SyntaxKind.EndOfFileToken,
  // Statements
  SyntaxKind.Block,
  SyntaxKind.ExpressionStatement,
  SyntaxKind.IfStatement,
  SyntaxKind.ForStatement,
  SyntaxKind.ForOfStatement,
  SyntaxKind.ReturnStatement,
  SyntaxKind.BreakStatement,
  SyntaxKind.ContinueStatement,
  SyntaxKind.LabeledStatement,
  // Declarations
  SyntaxKind.VariableDeclarationList,
  SyntaxKind.VariableDeclaration,
  SyntaxKind.Parameter,
  SyntaxKind.ObjectBindingPattern,
  SyntaxKind.BindingElement,
  SyntaxKind.ImportClause,
  SyntaxKind.NamedImports,
  SyntaxKind.NamespaceImport,
  SyntaxKind.ImportSpecifier,
  SyntaxKind.NamedExports,
  SyntaxKind.NamespaceExport,
  SyntaxKind.ExportSpecifier,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.ExportKeyword,
  SyntaxKind.ReadonlyKeyword,
  // Expressions
  SyntaxKind.Identifier,
  SyntaxKind.StringLiteral,
  SyntaxKind.NumericLiteral,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
  SyntaxKind.NullKeyword,
  SyntaxKind.ArrayLiteralExpression,
  SyntaxKind.ObjectLiteralExpression,
  SyntaxKind.PropertyAssignment,
  SyntaxKind.ShorthandPropertyAssignment,
  SyntaxKind.ComputedPropertyName,
  SyntaxKind.PropertyAccessExpression,
  SyntaxKind.ElementAccessExpression,
  SyntaxKind.CallExpression,
  SyntaxKind.NewExpression,
  SyntaxKind.ParenthesizedExpression,
  SyntaxKind.PrefixUnaryExpression,
  SyntaxKind.PostfixUnaryExpression,
  SyntaxKind.TypeOfExpression,
  SyntaxKind.BinaryExpression,
  SyntaxKind.ConditionalExpression,
  SyntaxKind.AsExpression,
  SyntaxKind.NonNullExpression,
  SyntaxKind.QuestionToken,
  SyntaxKind.ColonToken,
  SyntaxKind.DotDotDotToken,
  SyntaxKind.CommaToken,
]);

/** The global values that validators use. */
const globals = ["Array", "BigInt", "Number", "Object", "RegExp", "isFinite", "isNaN", "parseInt", "undefined", "NaN"];

/** The methods that are called, of the globals, of strings and arrays, and of codecs. */
const methods = new Set(["call", "concat", "decode", "encode", "isArray", "isInteger", "keys", "push", "replace", "test"]);

const modules = new Set([
  arbitrariesModule,
  "fast-check",
  runtimeModule,
  validateModule,
  ...["definitions", "dispatch", "senders", "tasks", "types", "validators"].map((name) => `./${name}.js`),
]);

function isKnownModule(path: string): boolean {
  return modules.has(path) || /^\.\/imports\/[A-Za-z_]\w*\/(?:definitions|handlers|senders|tasks|types)\.js$/.test(path);
}

/** By these a value reaches what it was never given. */
const forbiddenMembers = new Set(["__proto__", "constructor", "prototype"]);

function problem(node: ts.Node, known: ReadonlySet<string>): string | undefined {
  if (!kinds.has(node.kind) && !ts.isBinaryOperatorToken(node)) return `a ${SyntaxKind[node.kind]}`;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return moduleProblem(node);
  if (ts.isCallExpression(node)) return callProblem(node);
  if (ts.isNewExpression(node)) return newProblem(node);
  if (ts.isRegularExpressionLiteral(node))
    return node.text === "/~/g" || node.text === "/\\//g" ? undefined : "a regular expression";
  if (ts.isPropertyAccessExpression(node)) return memberProblem(node, node.name.text);
  if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression))
    return memberProblem(node, node.argumentExpression.text);
  if (ts.isIdentifier(node) && isReference(node) && !known.has(node.text)) return `the name ${node.text}`;
  return undefined;
}

function moduleProblem(node: ts.ImportDeclaration | ts.ExportDeclaration): string | undefined {
  const { moduleSpecifier, attributes } = node;
  const known = moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) && isKnownModule(moduleSpecifier.text);
  const forEffect = ts.isImportDeclaration(node) && node.importClause === undefined;
  return known && attributes === undefined && !forEffect ? undefined : "an import or export of another kind";
}

/** Functions are called by their names (which are declared in the file, or imported), methods if they are known ones. */
function callProblem({ expression }: ts.CallExpression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text === "RegExp" || expression.text === "Object" ? "a call" : undefined;
  if (ts.isPropertyAccessExpression(expression) && methods.has(expression.name.text)) return undefined;
  return "a call of something else than a known function";
}

function newProblem({ expression, arguments: given = [] as never }: ts.NewExpression): string | undefined {
  const [pattern, flags, ...more] = given as readonly ts.Expression[];
  const fits =
    ts.isIdentifier(expression) &&
    expression.text === "RegExp" &&
    pattern !== undefined &&
    ts.isStringLiteral(pattern) &&
    flags !== undefined &&
    ts.isStringLiteral(flags) &&
    flags.text === "u" &&
    more.length === 0;
  return fits ? undefined : "a new expression";
}

function memberProblem(node: ts.Expression, member: string): string | undefined {
  if (!forbiddenMembers.has(member)) return undefined;
  return node.parent.getText() === "Object.prototype.hasOwnProperty" ? undefined : `the member ${member}`;
}

/** Whether the name stands for a value, rather than being that of a member, a label or a type. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (
    ts.isMethodDeclaration(parent) ||
    ts.isLabeledStatement(parent) ||
    ts.isBreakStatement(parent) ||
    ts.isContinueStatement(parent)
  )
    return false;
  return !ts.isExportSpecifier(parent) && !ts.isNamespaceExport(parent);
}

/** Every name that the file declares or imports, wherever. */
function declaredNames(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const collect = (node: ts.Node): void => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isNamespaceImport(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, collect);
  };
  collect(source);
  return names;
}
