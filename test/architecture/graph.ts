import { dirname, join } from "node:path/posix";
import { type ImportDeclaration, Node, type Project, type SourceFile, SyntaxKind } from "ts-morph";

/** One module asking for another. */
export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** `type` is gone after compiling; `dynamic` is loaded when its line runs, `value` at once. */
  readonly kind: "value" | "type" | "dynamic";
  /** The source file that it leads to, if it is one of the project's. */
  readonly to?: string;
}

export interface Graph {
  /** The length of each file in lines. */
  readonly files: ReadonlyMap<string, number>;
  readonly imports: readonly Import[];
  /** Every use of the system's time. */
  readonly clocks: readonly { readonly from: string; readonly line: number; readonly what: string }[];
}

/**
 * The import graph of a ts-morph project, paths relative to `root`.
 *
 * @param exports what the project's own package name leads to: specifier to source file
 */
export function readGraph(project: Project, root: string, exports: ReadonlyMap<string, string>): Graph {
  const sources = project.getSourceFiles();
  const path = (source: SourceFile): string => source.getFilePath().slice(root.length + 1);
  const files = new Map(sources.map((source) => [path(source), source.getEndLineNumber()]));
  const resolve = (from: string, specifier: string): string | undefined => {
    if (!specifier.startsWith(".")) return exports.get(specifier);
    const target = join(dirname(from), specifier).replace(/\.js$/, ".ts");
    return files.has(target) ? target : undefined;
  };
  const imports: Import[] = [];
  const clocks: { from: string; line: number; what: string }[] = [];
  for (const source of sources) {
    const from = path(source);
    for (const { node, specifier, kind } of importsOf(source)) {
      const to = resolve(from, specifier);
      imports.push({ from, line: node.getStartLineNumber(), specifier, kind, ...(to !== undefined && { to }) });
    }
    for (const { node, what } of clocksOf(source)) clocks.push({ from, line: node.getStartLineNumber(), what });
  }
  return { files, imports, clocks };
}

function* importsOf(source: SourceFile): Generator<{ node: Node; specifier: string; kind: Import["kind"] }> {
  for (const node of [...source.getImportDeclarations(), ...source.getExportDeclarations()]) {
    const specifier = node.getModuleSpecifierValue();
    // `import { type T }` stays as an import of the module for its effects: only `import type` goes.
    if (specifier !== undefined) yield { node, specifier, kind: (node as ImportDeclaration).isTypeOnly() ? "type" : "value" };
  }
  for (const node of source.getDescendantsOfKind(SyntaxKind.CallExpression)) {
    const [argument] = node.getArguments();
    const callee = node.getExpression();
    const isLoad = callee.getKind() === SyntaxKind.ImportKeyword || /^(?:require|createRequire\(.*\))$/.test(callee.getText());
    if (isLoad && Node.isStringLiteral(argument)) yield { node, specifier: argument.getLiteralValue(), kind: "dynamic" };
  }
  for (const node of source.getDescendantsOfKind(SyntaxKind.ImportType)) {
    const argument = node.getArgument();
    if (Node.isLiteralTypeNode(argument)) yield { node, specifier: argument.getText().slice(1, -1), kind: "type" };
  }
}

const timeFunctions = new Set(["setTimeout", "setInterval"]);
const timeProperties = new Set(["Date.now", "performance.now", "process.hrtime", "AbortSignal.timeout"]);

function* clocksOf(source: SourceFile): Generator<{ node: Node; what: string }> {
  for (const node of source.getDescendantsOfKind(SyntaxKind.Identifier)) {
    if (!timeFunctions.has(node.getText())) continue;
    const parent = node.getParent();
    const isProperty =
      Node.isPropertyAccessExpression(parent) && parent.getNameNode() === node && parent.getExpression().getText() !== "globalThis";
    if (!isProperty && !Node.isTypeQuery(parent)) yield { node, what: node.getText() };
  }
  for (const node of source.getDescendantsOfKind(SyntaxKind.PropertyAccessExpression)) {
    if (timeProperties.has(node.getText())) yield { node, what: node.getText() };
  }
  for (const node of source.getDescendantsOfKind(SyntaxKind.NewExpression)) {
    if (node.getExpression().getText() === "Date" && node.getArguments().length === 0) yield { node, what: "new Date()" };
  }
}
