import { ts } from "ts-morph";
import type { GeneratedFiles } from "../generate-files.js";

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

/**
 * Generated TypeScript as JavaScript and declarations, file by file. Whatever it exports has its type beside it, so that nothing of the
 * runtime needs to be read for that, and no compiler of the project's.
 */
export function compile(files: GeneratedFiles): GeneratedFiles {
  return new Map([...files].flatMap(([path, text]) => compileFile(path, text)));
}

function compileFile(path: string, text: string): [path: string, text: string][] {
  const [header = ""] = text.split("\n", 1);
  const input = { fileName: path, reportDiagnostics: true };
  const script = ts.transpileModule(text, { ...input, compilerOptions: options });
  const declarations = ts.transpileDeclaration(text, {
    ...input,
    compilerOptions: { ...options, declaration: true, isolatedDeclarations: true },
  });
  for (const { messageText } of [...(script.diagnostics ?? []), ...(declarations.diagnostics ?? [])])
    throw new Error(`the generated ${path} does not compile: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  const name = path.slice(0, -".ts".length);
  return [
    [`${name}.js`, finished(header, script.outputText)],
    [`${name}.d.ts`, finished(header, declarations.outputText)],
  ];
}

/** With the first line of what it was made of, which the compiler drops where an import follows that it drops too; two spaces a level. */
function finished(header: string, text: string): string {
  const body = text.startsWith(header) ? text.slice(header.length).trimStart() : text;
  const code = body.replace("// @ts-nocheck\n", "").replace(/^(?: {4})+/gm, (spaces) => spaces.slice(spaces.length / 2));
  return `${header}\n${code}`;
}
