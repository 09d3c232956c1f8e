import type { ts } from "ts-morph";
import { withJsDoc } from "../comment.js";
import type { ImportedContract, Model } from "../model.js";
import { exportedConst, exportedInterface, identifier, importOf, readonlyProperty, record, typeReference } from "./syntax.js";

/** The folder of an imported contract's files, relative to the output folder. */
export function importFolder(namespace: string): string {
  return `imports/${namespace}`;
}

/** A file of an imported contract, as the files beside the folder `imports` import it. */
export function importModule(namespace: string, file: string): string {
  return `./${importFolder(namespace)}/${file}.js`;
}

/** What an imported contract's `Senders`, `Tasks`, `Definitions` is called beside the contract's own: the value, `mathSenders`. */
export function localName(namespace: string, kind: string): string {
  return `${namespace}${kind}`;
}

/** Its type: `MathSenders`. */
export function localType(namespace: string, kind: string): string {
  return `${namespace.charAt(0).toUpperCase()}${namespace.slice(1)}${kind}${/^[a-z]/.test(namespace) ? "" : "Type"}`;
}

/** The imports of what one file of each imported contract exports: a value, and the interface of it. */
export function importsOf({ imports }: Pick<Model, "imports">, file: string, kind: string): ts.ImportDeclaration[] {
  return imports.map(({ namespace }) =>
    importOf(
      [`type ${kind} as ${localType(namespace, kind)}`, `${file} as ${localName(namespace, kind)}`],
      importModule(namespace, file),
    ),
  );
}

/** The members of an interface that are such interfaces of imported contracts. */
export function namespaces({ imports }: Pick<Model, "imports">, kind: string): ts.PropertySignature[] {
  return imports.map((one) => withJsDoc(readonlyProperty(one.namespace, typeReference(localType(one.namespace, kind))), doc(one)));
}

/** `imports` of `definitions.ts`: the tasks of imported contracts, by namespace. */
export function definitionsOf(model: Model): ts.Statement[] {
  if (model.imports.length === 0) return [];
  const each = model.imports.map(({ namespace }) => [namespace, identifier(localName(namespace, "Definitions"))] as const);
  return [
    withJsDoc(exportedInterface("Imports", namespaces(model, "Definitions")), {
      description: "The tasks of the imported contracts, by namespace.",
    }),
    exportedConst("imports", typeReference("Imports"), record(each)),
  ];
}

function doc({ model }: ImportedContract): { description: string } {
  return { description: `The tasks of the package ${model.package}.` };
}
