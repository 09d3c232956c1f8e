import { quote } from "../contract/diagnostics.js";
import type { Path } from "../contract/findings.js";
import { itemsOf, member, membersOf } from "../contract/record.js";
import type { Problems } from "./problems.js";
import { schemasIn } from "./schemas-in.js";

const snake = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const numbered = /^(?:arg|argument|param|parameter|val|value)_?\d*$/;

export function lintNames(contract: unknown, problems: Problems): void {
  const seen = new Map<string, string>();
  for (const [name, task] of membersOf(member(contract, "tasks"))) {
    const path = ["tasks", name];
    if (!snake.test(name)) problems.add("NAME_TASK", path, `The task ${quote(name)} is not in snake_case.`);
    const bare = name.replaceAll("_", "").toLowerCase();
    const first = seen.get(bare);
    if (first === undefined) seen.set(bare, name);
    else problems.add("NAME_SIMILAR", path, `${quote(name)} and ${quote(first)} differ in _ only.`);
    for (const key of ["args", "returns"]) lintParameters(member(task, key), [...path, key], problems);
  }
  lintFields(contract, problems);
}

function lintParameters(parameters: unknown, path: Path, problems: Problems): void {
  for (const [index, parameter] of itemsOf(parameters).entries()) {
    const name = String(member(parameter, "name"));
    const at = [...path, index, "name"];
    if (!snake.test(name)) problems.add("NAME_PARAMETER", at, `${quote(name)} is not in snake_case.`, true);
    if (path.at(-1) === "args" && numbered.test(name))
      problems.add("NAME_NUMBERED", at, `${quote(name)} says nothing of the argument.`, true);
  }
}

/** Of the two ways to write words together, the rarer one is told. */
function lintFields(contract: unknown, problems: Problems): void {
  const fields = [...schemasIn(contract)].flatMap(({ schema, path }) =>
    membersOf(schema.properties).map(([name]) => ({ name, path: [...path, "properties", name] })),
  );
  const snakes = fields.filter(({ name }) => name.includes("_"));
  const camels = fields.filter(({ name }) => /[a-z0-9][A-Z]/.test(name));
  if (snakes.length === 0 || camels.length === 0) return;
  const [rarer, others] = camels.length <= snakes.length ? [camels, snakes] : [snakes, camels];
  for (const { name, path } of rarer) {
    problems.add("NAME_FIELD", path, `The field ${quote(name)} is written in another way than ${quote(others[0]!.name)}.`);
  }
}
