import { quote } from "../contract/diagnostics.js";
import type { Path } from "../contract/findings.js";
import { itemsOf, member, membersOf } from "../contract/record.js";
import type { Changes } from "./changes.js";

/** Names that the older contract reserved are reserved still, and not in use. */
export function compareNames(before: unknown, after: unknown, changes: Changes): void {
  const used = usedTaskNames(after);
  compareReserved(member(before, "reserved"), member(after, "reserved"), ["tasks"], (name) => used.get(name), changes);
  for (const [type] of membersOf(member(member(before, "reserved"), "fields"))) {
    const properties = member(member(member(after, "$defs"), type), "properties");
    const find = (name: string): Path | undefined =>
      member(properties, name) === undefined ? undefined : ["$defs", type, "properties", name];
    compareReserved(member(before, "reserved"), member(after, "reserved"), ["fields", type], find, changes);
  }
}

function compareReserved(
  before: unknown,
  after: unknown,
  path: readonly string[],
  find: (name: string) => Path | undefined,
  changes: Changes,
): void {
  const at = (reserved: unknown) => itemsOf(path.reduce(member, reserved));
  const kept = new Set(at(after));
  for (const name of at(before)) {
    if (typeof name !== "string" || kept.has(name)) continue;
    const use = find(name);
    if (use === undefined) {
      changes.add("RESERVED_NAME_RELEASED", ["reserved", ...path], `${quote(name)} is no longer reserved.`);
    } else {
      const message = `${quote(name)} was reserved, and is the name of something now.`;
      changes.add("RESERVED_NAME_USED", use, message, { direction: "arguments", migrated: false });
    }
  }
}

function usedTaskNames(contract: unknown): ReadonlyMap<unknown, Path> {
  const prefix = member(contract, "wire_names") === "package" ? `${String(member(contract, "package"))}.` : "";
  return new Map(
    membersOf(member(contract, "tasks")).flatMap(([key, task]): [unknown, Path][] => [
      [prefix + key, ["tasks", key]],
      ...itemsOf(member(task, "aliases")).map((alias, index): [unknown, Path] => [alias, ["tasks", key, "aliases", index]]),
    ]),
  );
}
