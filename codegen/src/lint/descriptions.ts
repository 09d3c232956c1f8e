import { quote } from "../contract/diagnostics.js";
import { member, membersOf } from "../contract/record.js";
import type { Problems } from "./problems.js";

export function lintDescriptions(contract: unknown, problems: Problems): void {
  for (const [key, rule, what] of [
    ["tasks", "DESCRIPTION_TASK", "task"],
    ["$defs", "DESCRIPTION_TYPE", "type"],
  ] as const) {
    for (const [name, one] of membersOf(member(contract, key))) {
      const description = member(one, "description") ?? member(one, "title");
      const path = [key, name];
      if (description === undefined) problems.add(rule, path, `The ${what} ${quote(name)} has no description.`);
      else if (typeof description === "string" && saysOnly(name, description)) {
        problems.add("DESCRIPTION_EMPTY", path, `The description of ${quote(name)} says no more than its name.`);
      }
    }
  }
}

function saysOnly(name: string, description: string): boolean {
  const letters = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const said = letters(description);
  return said === "" || said === letters(name);
}
