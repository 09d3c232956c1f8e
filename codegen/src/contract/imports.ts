import type { ImportedContract, Model, ObjectType, Parameter, ScalarType, Task } from "../model.js";
import { quote } from "./diagnostics.js";
import type { Path } from "./findings.js";
import type { InspectedContract } from "./load.js";
import { migrationName } from "./migrations.js";
import { checkName } from "./names.js";
import { isObject, itemsOf, member } from "./record.js";

/** One line of a contract's `imports`. */
export interface ImportStatement {
  /** A file relative to the contract, or an npm package. */
  readonly from: string;
  readonly as: string | undefined;
  readonly serve: boolean;
  /** Where it stands in the contract. */
  readonly path: Path;
}

/** The imports of a contract that has the right form; what has not is left out. */
export function importStatements(contract: unknown): ImportStatement[] {
  return itemsOf(member(contract, "imports")).flatMap((item, index) => {
    const given = isObject(item) ? item : { from: item };
    const { from, as, serve } = given;
    if (typeof from !== "string") return [];
    const path = ["imports", index];
    return [{ from, as: typeof as === "string" ? as : undefined, serve: serve === true, path }];
  });
}

/** A contract that was read for one of the statements. */
export interface ReadImport {
  readonly statement: ImportStatement;
  readonly contract: InspectedContract & { readonly model: Model };
}

/** The imports as the importing contract's model has them; whatever has the same name as something else is told, with both places. */
export function joinImports(root: InspectedContract, imports: readonly ReadImport[]): ImportedContract[] {
  const { findings } = root;
  const names = namesOf(root);
  const onTheWire = wireNamesOf(root);
  const joined = imports.map(({ statement, contract }): ImportedContract => {
    const { path, as, serve } = statement;
    const { model } = contract;
    const namespace = as ?? model.package.replace(/[^a-z0-9_]/g, "_");
    checkName(namespace, path, findings);
    const taken = names.get(namespace.toLowerCase());
    if (taken !== undefined) {
      findings.error("ERR_NAME_COLLISION", path, {
        message: `The namespace ${quote(namespace)} of this import is ${taken} already.`,
        hint: `Give it another one: { from: ${quote(statement.from)}, as: ... }.`,
      });
    }
    names.set(namespace.toLowerCase(), `that of the import at ${findings.placeOf(path)}`);
    for (const [name, place] of wireNamesOf(contract)) {
      const other = onTheWire.get(name);
      if (other !== undefined) {
        findings.error("ERR_NAME_COLLISION", path, {
          message: `Two tasks are ${quote(name)} on the wire: the one at ${other} and the one at ${place}.`,
          hint: "Rename one of them, or let its contract put the package before it: wire_names: package.",
        });
      }
      onTheWire.set(name, place);
    }
    return { namespace, serve, model: withPackage(model) };
  });
  return joined.sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

/** What the generated index exports of its own. */
const generated = ["dispatch", "Handlers", "senders", "Senders", "tasks", "Tasks"];

/** What stands beside the namespaces in TypeScript, in lower case, with what it is. */
function namesOf({ model, findings }: InspectedContract): Map<string, string> {
  const names = new Map(generated.map((name) => [name.toLowerCase(), "a name of the generated code"]));
  for (const { name } of model?.defs ?? []) names.set(name.toLowerCase(), `the type at ${findings.placeOf(["$defs", name], true)}`);
  for (const { identifier, versions } of model?.tasks ?? []) {
    const place = findings.placeOf(["tasks", identifier], true);
    names.set(identifier.toLowerCase(), `the task at ${place}`);
    for (const index of versions.keys()) {
      names.set(migrationName(identifier, index + 1).toLowerCase(), `a migration of the task at ${place}`);
    }
  }
  return names;
}

function wireNamesOf({ model, findings }: InspectedContract): Map<string, string> {
  return new Map(
    model?.tasks.flatMap(({ name, aliases = [], identifier }) => {
      const place = findings.placeOf(["tasks", identifier], true);
      return [name, ...aliases].map((one) => [one, place] as const);
    }),
  );
}

/** A model whose structured types are known as those of its package, and that leads no further. */
function withPackage(model: Model): Model {
  const marked = (type: ScalarType | ObjectType) => (type.kind === "object" ? { ...type, package: model.package } : type);
  const all = (parameters: readonly Parameter[]) => parameters.map((one) => ({ ...one, type: marked(one.type) }));
  const tasks = model.tasks.map(
    (task): Task => ({
      ...task,
      args: all(task.args),
      returns: all(task.returns),
      versions: task.versions.map((version) => ({ ...version, args: all(version.args) })),
    }),
  );
  return { ...model, tasks, imports: [] };
}
