import type { Definition, ImportedContract, JsonSchema, Model, ObjectType, Parameter, ScalarType, Task } from "../model.js";
import { exportedName } from "./names.js";

/**
 * A Go package has no namespaces within it: what is imported stands beside the contract's own, with the namespace before its name. So
 * `math.add` is `MathAdd`, and the type `Size` of that contract is `MathSize`.
 *
 * @param which of the imports; default all
 */
export function withImports(model: Model, which: (imported: ImportedContract) => boolean = () => true): Model {
  const imports = model.imports.filter(which);
  return {
    ...model,
    tasks: [...model.tasks, ...imports.flatMap(tasksOf)],
    defs: [...model.defs, ...imports.flatMap(definitionsOf)],
    imports: [],
  };
}

function tasksOf({ namespace, model }: ImportedContract): Task[] {
  const type = (one: ScalarType | ObjectType) => (one.kind === "object" ? { ...one, def: typeName(namespace, one.def) } : one);
  const all = (parameters: readonly Parameter[]) => parameters.map((one) => ({ ...one, type: type(one.type) }));
  return model.tasks.map((task) => ({
    ...task,
    identifier: `${namespace}_${task.identifier}`,
    args: all(task.args),
    returns: all(task.returns),
  }));
}

function definitionsOf({ namespace, model }: ImportedContract): Definition[] {
  return model.defs.map(({ name, schema }) => {
    const go = typeName(namespace, name);
    return { name: go, identifier: go, schema: renamed(schema, namespace) as JsonSchema };
  });
}

function typeName(namespace: string, name: string): string {
  return `${exportedName(namespace)}${name}`;
}

const prefix = "#/$defs/";

/** A schema whose references lead to the types under their new names. */
function renamed(schema: unknown, namespace: string, isSchema = true): unknown {
  if (Array.isArray(schema)) return schema;
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (isSchema && key === "$ref") return [key, `${prefix}${typeName(namespace, String(value).slice(prefix.length))}`];
      if (isSchema && key === "properties") return [key, renamed(value, namespace, false)];
      const inside = !isSchema || key === "items" || key === "additionalProperties";
      return [key, inside ? renamed(value, namespace) : value];
    }),
  );
}
