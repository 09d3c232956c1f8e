import { valueType } from "../emit/task-types.js";
import { typesModule } from "../emit/types.js";
import { GenerateError } from "../generate-error.js";
import { Declarations } from "../go/names.js";
import { goType } from "../go/task.js";
import { goTypes } from "../go/types.js";
import type { Model, Parameter } from "../model.js";
import { inlineText, print } from "../print.js";

/** A contract's structured types in the two languages, by name. */
export interface TypeTexts {
  readonly ts: ReadonlyMap<string, string>;
  /** None where Go has no such names. */
  readonly go: ReadonlyMap<string, string>;
}

export async function typeTexts(model: Model): Promise<TypeTexts> {
  if (model.defs.length === 0) return { ts: new Map(), go: new Map() };
  const { statements } = await typesModule(model);
  const names = model.defs.map(({ identifier }) => identifier).sort((a, b) => (a < b ? -1 : 1));
  const ts = new Map(statements.map((statement, i) => [names[i]!, print([statement]).trimEnd()]));
  return { ts, go: goTexts(model) };
}

function goTexts(model: Model): ReadonlyMap<string, string> {
  try {
    return new Map(
      [...goTypes(model, new Declarations())].map(([name, lines]) => [name, lines.join("\n").replaceAll("\t", "    ").trimEnd()]),
    );
  } catch (error) {
    if (error instanceof GenerateError && error.code === "ERR_GO_NAME") return new Map();
    throw error;
  }
}

/** `readonly bigint[]`, `Size`. */
export function tsTypeText({ type }: Parameter): string {
  return inlineText(valueType(type)).replace("types.", "");
}

export function goTypeText(parameter: Parameter): string {
  return goType(parameter);
}
