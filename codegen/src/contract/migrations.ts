import type { Task } from "../model.js";
import { quote } from "./diagnostics.js";
import type { Findings } from "./findings.js";

/** What the function is called that brings a task's arguments from a version (from 1) to the one after it: `add_1_to_2`. */
export function migrationName(task: string, from: number): string {
  return `${task}_${from}_to_${from + 1}`;
}

/** A message says by its hash which version it is of, so that no two versions of a task may have the same. */
export function checkVersionHashes(tasks: readonly Task[], findings: Findings): void {
  for (const { identifier, versions, hash } of tasks) {
    const seen = new Map([[hash, "the task as it is now"]]);
    for (const [index, version] of versions.entries()) {
      const same = seen.get(version.hash);
      if (same !== undefined) {
        findings.error("ERR_VERSION", ["tasks", identifier, "versions", index], {
          message: `Version ${index + 1} cannot be told from ${same}: both have the hash ${quote(version.hash)}.`,
          hint: "Remove it; or give its hash, where it was the schema of a type that changed.",
        });
      }
      seen.set(version.hash, `version ${index + 1}`);
    }
  }
}
