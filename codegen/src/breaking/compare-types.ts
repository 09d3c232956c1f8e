import type { Path } from "../contract/findings.js";
import { holds } from "../go-widening.js";
import type { Parameter } from "../model.js";
import type { Changes, Flow } from "./changes.js";
import type { SchemaComparison } from "./compare-schemas.js";

interface Surroundings {
  readonly path: Path;
  /** How a message speaks of it. */
  readonly called: string;
  readonly flow: Flow;
  readonly schemas: SchemaComparison;
  readonly changes: Changes;
}

/** The types of an argument or a result, then and now. */
export function compareTypes(
  was: Parameter["type"],
  is: Parameter["type"],
  { path, called, flow, schemas, changes }: Surroundings,
): void {
  if (was.kind === "object" && is.kind === "object") {
    schemas.compare({ $ref: `#/$defs/${was.def}` }, { $ref: `#/$defs/${is.def}` }, path, flow);
    return;
  }
  const [then, now] = [nameOf(was), nameOf(is)];
  if (then === now) return;
  const message = `${called} was of type ${then}, and is of type ${now}.`;
  if (was.kind === "object") changes.add(now === "string" ? "TYPE_UNSTRUCTURED" : "TYPE_CHANGED", path, message, flow);
  else if (is.kind === "object") changes.add(then === "string" ? "TYPE_STRUCTURED" : "TYPE_CHANGED", path, message, flow);
  else if (holds(now, then)) changes.add("TYPE_WIDENED", path, message, flow);
  else if (holds(then, now)) changes.add("TYPE_NARROWED", path, message, flow);
  else changes.add("TYPE_CHANGED", path, message, flow);
}

function nameOf(type: Parameter["type"]): string {
  return type.kind === "object" ? type.def : type.go;
}
