import { quote } from "../contract/diagnostics.js";
import { member } from "../contract/record.js";
import { type Change, Changes } from "./changes.js";
import { compareNames } from "./compare-names.js";
import { SchemaComparison } from "./compare-schemas.js";
import { compareTasks } from "./compare-tasks.js";
import type { ContractSide } from "./contract-side.js";

/** Every difference between two contracts that means something. Pure. */
export function compareContracts(before: ContractSide, after: ContractSide): Change[] {
  const changes = new Changes();
  comparePackage(before, after, changes);
  compareNames(before.value, after.value, changes);
  const schemas = new SchemaComparison(before.model, after.model, changes);
  compareTasks(before, after, schemas, changes);
  schemas.compareNames();
  return changes.list();
}

function comparePackage(before: ContractSide, after: ContractSide, changes: Changes): void {
  const [was, is] = [before.model.package, after.model.package];
  if (was !== is) changes.add("PACKAGE_RENAMED", ["package"], `The package ${quote(was)} is called ${quote(is)} now.`);
  if (!isUnstable(before.value) && isUnstable(after.value)) {
    changes.add("PACKAGE_UNSTABLE", ["unstable"], "The contract was stable, and promises nothing any more.");
  }
  if (member(before.value, "description") !== member(after.value, "description")) {
    changes.add("DESCRIPTION_CHANGED", ["description"], "The contract is described in other words.");
  }
}

export function isUnstable(contract: unknown): boolean {
  return member(contract, "unstable") === true;
}
