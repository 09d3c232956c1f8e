import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ts } from "ts-morph";

/** A test that is to fail over a defect. */
export interface Check {
  /** The test file that runs it. */
  readonly file: string;
  /** Its title, or a part of it with `*` for the rest. */
  readonly title: string;
}

/** One place in a source, and what stands there in the broken build. */
export interface Edit {
  /** `src/…`, `codegen/src/…` or, where a judge is what is broken, `test/…`. */
  readonly source: string;
  /** It stands there once. */
  readonly text: string;
  readonly broken: string;
}

/** Something that must never be, and the tests that would notice. */
export interface Defect {
  /** What the broken build does. */
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly checks: readonly Check[];
}

/** Why the edit fits its source no more; `undefined` if it does. */
export function misfit(source: string, { source: path, text, broken }: Edit): string | undefined {
  const times = source.split(text).length - 1;
  if (times !== 1) return `${path} holds this ${times} times, and not once: ${text}`;
  const { diagnostics } = transpile(source.replace(text, () => broken));
  const [first] = diagnostics ?? [];
  return first && `${path} is no TypeScript any more: ${ts.flattenDiagnosticMessageText(first.messageText, "\n")}`;
}

/**
 * Compiles the sources of a build with the edits, in the place of what it had; resolves to what mends it again.
 *
 * @throws where an edit does not fit
 */
export async function breakBuild(root: string, edits: readonly Edit[]): Promise<() => Promise<void>> {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const text = texts.get(edit.source) ?? (await readFile(join(root, edit.source), "utf8"));
    const wrong = misfit(text, edit);
    if (wrong !== undefined) throw new Error(wrong);
    texts.set(
      edit.source,
      text.replace(edit.text, () => edit.broken),
    );
  }
  const whole = new Map<string, Buffer>();
  for (const [source, text] of texts) {
    const path = join(root, compiledFrom(source));
    whole.set(path, await readFile(path));
    await writeFile(path, transpile(text).outputText);
  }
  return async () => {
    for (const [path, bytes] of whole) await writeFile(path, bytes);
  };
}

/** Where a source is compiled to. */
function compiledFrom(source: string): string {
  const path = source.replace(/\.ts$/, ".js");
  return path.startsWith("codegen/src/") ? path.replace("codegen/src/", "codegen/dist/") : `dist/${path}`;
}

function transpile(text: string): ts.TranspileOutput {
  const { ES2023 } = ts.ScriptTarget;
  const compilerOptions = { target: ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(text, { compilerOptions, reportDiagnostics: true });
}
