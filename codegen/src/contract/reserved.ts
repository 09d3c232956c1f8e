import { quote } from "./diagnostics.js";
import type { Findings, Path } from "./findings.js";
import { itemsOf, member, membersOf } from "./record.js";

/** Former names lead to one thing each, and names that are reserved are not in use. */
export function checkFormerNames(contract: unknown, findings: Findings): void {
  const tasks = membersOf(member(contract, "tasks"));
  const before = member(contract, "wire_names") === "package" ? `${String(member(contract, "package"))}.` : "";
  const owners = new Map(tasks.map(([key]) => [before + key, ["tasks", key] as Path]));
  const reserved = new Set(itemsOf(member(member(contract, "reserved"), "tasks")));
  for (const [key, task] of tasks) {
    const path = ["tasks", key];
    if (reserved.has(before + key)) tellReserved(key, path, findings, true);
    for (const [index, alias] of itemsOf(member(task, "aliases")).entries()) {
      const at = [...path, "aliases", index];
      if (typeof alias !== "string") continue;
      if (reserved.has(alias)) tellReserved(alias, at, findings);
      const owner = owners.get(alias);
      if (owner === undefined) owners.set(alias, at);
      else tellTaken(alias, owner, at, findings);
    }
    checkParameterAliases(member(task, "args"), [...path, "args"], findings);
    checkParameterAliases(member(task, "returns"), [...path, "returns"], findings);
  }
  checkReservedFields(contract, findings);
}

function checkParameterAliases(parameters: unknown, path: Path, findings: Findings): void {
  const owners = new Map(itemsOf(parameters).map((one, index) => [member(one, "name"), [...path, index, "name"] as Path]));
  for (const [index, parameter] of itemsOf(parameters).entries()) {
    for (const [nth, alias] of itemsOf(member(parameter, "aliases")).entries()) {
      const at = [...path, index, "aliases", nth];
      const owner = owners.get(alias);
      if (owner === undefined) owners.set(alias, at);
      else tellTaken(String(alias), owner, at, findings);
    }
  }
}

function checkReservedFields(contract: unknown, findings: Findings): void {
  for (const [type, names] of membersOf(member(member(contract, "reserved"), "fields"))) {
    const properties = member(member(member(contract, "$defs"), type), "properties");
    for (const name of itemsOf(names)) {
      if (typeof name !== "string" || member(properties, name) === undefined) continue;
      tellReserved(name, ["$defs", type, "properties", name], findings, true);
    }
  }
}

function tellReserved(name: string, path: Path, findings: Findings, atKey = false): void {
  findings.error("ERR_RESERVED", path, {
    message: `${quote(name)} is reserved: it was the name of something else, which messages may still mean.`,
    hint: "Choose another name.",
    atKey,
  });
}

function tellTaken(alias: string, owner: Path, path: Path, findings: Findings): void {
  findings.error("ERR_NAME_COLLISION", path, {
    message: `${quote(alias)} is a name in use, in line ${findings.lineOf(owner, true)}.`,
    hint: "A former name leads to one thing only: remove it here or there.",
  });
}
