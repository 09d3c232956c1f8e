import { quote } from "../contract/diagnostics.js";
import { itemsOf, member, membersOf } from "../contract/record.js";
import type { Problems } from "./problems.js";

const most = 6;

export function lintTasks(contract: unknown, problems: Problems): void {
  for (const [name, task] of membersOf(member(contract, "tasks"))) {
    for (const key of ["args", "returns"]) {
      const parameters = itemsOf(member(task, key));
      const path = ["tasks", name, key];
      const word = key === "args" ? "arguments" : "results";
      if (parameters.length > most) problems.add("AMBIGUOUS_MANY", path, `${quote(name)} has ${parameters.length} ${word}.`);
      const flags = parameters.filter((parameter) => member(parameter, "type") === "bool");
      if (key === "args" && flags.length > 1)
        problems.add("AMBIGUOUS_FLAGS", path, `${quote(name)} has ${flags.length} arguments of type bool.`);
      for (const [index, parameter] of parameters.entries()) {
        const type = member(parameter, "type");
        if (typeof type !== "string" || !/^(?:\[\])?u?int$/.test(type)) continue;
        const called = quote(member(parameter, "name"));
        problems.add("AMBIGUOUS_INT", [...path, index, "type"], `${called} of ${quote(name)} is of type ${type}.`, true);
      }
    }
    const policy = member(task, "policy");
    if (member(policy, "run") === "thread" && member(policy, "timeout") === undefined) {
      problems.add("COSTLY_THREAD", ["tasks", name, "policy"], `${quote(name)} runs on a thread, and has no time-out.`);
    }
  }
}
