import type { ts } from "ts-morph";
import type { Model } from "../model.js";
import { type RuntimeName, runtimeModule } from "../symbols.js";
import { importOf, importTypes, importTypesOf } from "./syntax.js";

/** A generated file. */
export interface Module {
  /** Relative to the output folder, with `/`. */
  readonly path: string;
  readonly statements: readonly ts.Statement[];
  /** AJV's code is JavaScript: the compiler is told not to check it. */
  readonly unchecked?: boolean;
}

/** An import of the runtime; types are marked `type X`. */
export function runtimeImport(...names: readonly RuntimeName[]): ts.ImportDeclaration {
  const sorted = [...names].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return sorted.every((name) => name.startsWith("type "))
    ? importTypesOf(sorted.map(nameOf), runtimeModule)
    : importOf(sorted, runtimeModule);
}

function nameOf(name: RuntimeName): string {
  return name.replace(/^type /, "");
}

/** The structured types as the namespace `types`, where a task uses any; `withVersions`, where an older version of one does. */
export function typesImport({ tasks }: Model, { withVersions = false } = {}): ts.ImportDeclaration[] {
  const used = tasks.some(({ args, returns, versions }) =>
    [...args, ...returns, ...(withVersions ? versions.flatMap((version) => version.args) : [])].some(
      ({ type }) => type.kind === "object",
    ),
  );
  return used ? [importTypes("types", "./types.js")] : [];
}
