import { quote } from "../contract/diagnostics.js";
import type { Path } from "../contract/findings.js";
import { member } from "../contract/record.js";
import type { Task } from "../model.js";
import type { Changes, Flow } from "./changes.js";
import { compareParameters } from "./compare-parameters.js";
import { comparePolicies } from "./compare-policies.js";
import type { SchemaComparison } from "./compare-schemas.js";
import type { ContractSide } from "./contract-side.js";

const toWorkers: Flow = { direction: "arguments", migrated: false };

/** Tasks are the same by their name on the wire, a former one too; else by their key. */
export function compareTasks(before: ContractSide, after: ContractSide, schemas: SchemaComparison, changes: Changes): void {
  const taken = new Map<string, Task>();
  for (const task of after.model.tasks) for (const name of [task.name, ...(task.aliases ?? [])]) taken.set(name, task);
  const byKey = new Map(after.model.tasks.map((task) => [task.identifier, task]));
  const known = new Set<Task>();
  for (const was of before.model.tasks) {
    const is = taken.get(was.name) ?? byKey.get(was.identifier);
    if (is === undefined) {
      const message = `The task ${quote(was.name)} is gone.${renamedPerhaps(was, before, after)}`;
      changes.add("TASK_DELETED", ["tasks", was.identifier], message, toWorkers);
      continue;
    }
    known.add(is);
    compareNamesOf(was, is, taken, changes);
    compareTask(was, is, after, schemas, changes);
  }
  for (const task of after.model.tasks) {
    if (!known.has(task)) changes.add("TASK_ADDED", ["tasks", task.identifier], `The task ${quote(task.name)} is new.`, toWorkers);
  }
}

function compareNamesOf(was: Task, is: Task, taken: ReadonlyMap<string, Task>, changes: Changes): void {
  const path: Path = ["tasks", is.identifier];
  if (was.name !== is.name) {
    const message = `The task ${quote(was.name)} is called ${quote(is.name)} now.`;
    const still = taken.get(was.name) === is;
    // With the same key, generated code has the same names.
    const rule = !still ? "TASK_WIRE_NAME_CHANGED" : was.identifier === is.identifier ? "TASK_FORMER_WIRE_NAME" : "TASK_RENAMED";
    changes.add(rule, path, message, toWorkers);
  }
  for (const alias of was.aliases ?? []) {
    if (taken.get(alias) === is) continue;
    changes.add(
      "TASK_ALIAS_DELETED",
      [...path, "aliases"],
      `${quote(is.name)} is no longer taken by the name ${quote(alias)}.`,
      toWorkers,
    );
  }
}

function compareTask(was: Task, is: Task, after: ContractSide, schemas: SchemaComparison, changes: Changes): void {
  const path: Path = ["tasks", is.identifier];
  if (was.description !== is.description) {
    changes.add("DESCRIPTION_CHANGED", [...path, "description"], `${quote(is.name)} is described in other words.`);
  }
  const migrated = takes(is, was.hash);
  const newer = member(member(after.value, "tasks"), is.identifier);
  const args = { was: was.args, is: is.args, wasVariadic: was.variadic, isVariadic: is.variadic, raw: member(newer, "args") };
  compareParameters({ ...args, task: is.name, path: [...path, "args"] }, { direction: "arguments", migrated }, schemas, changes);
  const results = { was: was.returns, is: is.returns, wasVariadic: false, isVariadic: false, raw: member(newer, "returns") };
  compareParameters(
    { ...results, task: is.name, path: [...path, "returns"] },
    { direction: "results", migrated },
    schemas,
    changes,
  );
  comparePolicies(was, is, [...path, "policy"], changes);
}

/** Whether the newer task's workers still take messages of that hash, through a migration. */
function takes(task: Task, hash: string): boolean {
  return task.versions.some((version) => version.hash === hash || version.formerHashes?.includes(hash));
}

/** A new task that takes and returns the same, for a task that is gone. */
function renamedPerhaps(gone: Task, before: ContractSide, after: ContractSide): string {
  const names = new Set(before.model.tasks.map(({ name }) => name));
  const shape = ({ args, returns, variadic }: Task) => JSON.stringify([args, returns, variadic]);
  const same = after.model.tasks.filter((task) => !names.has(task.name) && shape(task) === shape(gone));
  if (same.length !== 1) return "";
  return ` If it is called ${quote(same[0]!.name)} now, give that one the alias ${quote(gone.name)}.`;
}
