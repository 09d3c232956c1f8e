import type { ts } from "ts-morph";
import { validateModule } from "../symbols.js";
import { runtimeImport } from "./module.js";
import { type NamedSchema, standalone } from "./standalone.js";
import { exportedConst, identifier, importOf, typeReference } from "./syntax.js";

/** The module of validators for plain JSON Schemas: one exported constant for each, called after its file. */
export function schemaValidators(schemas: readonly NamedSchema[]): ts.Statement[] {
  const { imports, statements, functions } = standalone(schemas);
  return [
    runtimeImport("type Validator"),
    ...(imports.length === 0 ? [] : [importOf(imports, validateModule)]),
    ...schemas.map(({ id, name }) => exportedConst(name, typeReference("Validator"), identifier(functions.get(id)!))),
    ...statements,
  ];
}
