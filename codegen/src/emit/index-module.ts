import { ts } from "ts-morph";
import { stringLiteral } from "../literal.js";
import type { ImportedContract, Model } from "../model.js";
import { importModule } from "./imports.js";
import type { Module } from "./module.js";
import { identifier } from "./syntax.js";

const { factory } = ts;

/** `index.ts`: what a project imports. */
export function indexModule(model: Model): Module {
  return {
    path: "index.ts",
    statements: [
      reexport("./dispatch.js", "type Handlers", "dispatch"),
      reexport("./senders.js", "type Senders", "senders"),
      reexport("./tasks.js", "type Tasks", "tasks"),
      ...(model.defs.length === 0
        ? []
        : [factory.createExportDeclaration(undefined, true, undefined, stringLiteral("./types.js"))]),
      ...model.imports.filter(hasTypes).map(({ namespace }) => {
        const all = factory.createNamespaceExport(identifier(namespace));
        return factory.createExportDeclaration(undefined, true, all, stringLiteral(importModule(namespace, "types")));
      }),
    ],
  };
}

function hasTypes({ model }: ImportedContract): boolean {
  return model.defs.length > 0;
}

function reexport(module: string, ...names: readonly string[]): ts.ExportDeclaration {
  const specifiers = names.map((name) => {
    const typeOnly = name.startsWith("type ");
    return factory.createExportSpecifier(typeOnly, undefined, identifier(typeOnly ? name.slice(5) : name));
  });
  return factory.createExportDeclaration(undefined, false, factory.createNamedExports(specifiers), stringLiteral(module));
}
