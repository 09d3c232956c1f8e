import type { JsonSchema, Model } from "../model.js";
import { buildModel } from "./build.js";
import { checkDescriptions } from "./descriptions.js";
import type { Diagnostic } from "./diagnostics.js";
import { Findings } from "./findings.js";
import { checkFormerNames } from "./reserved.js";
import { checkSchemas } from "./schemas.js";
import { checkShape } from "./shape.js";
import { parseSource } from "./source.js";
import { checkTasks } from "./tasks.js";

export interface ContractText {
  readonly text: string;
  /** What diagnostics and the headers of generated files call the contract: relative to the project, with `/`. */
  readonly path: string;
  /** The JSON Schema of a contract file: `schema/contract.schema.json` of machinery-ts, parsed. */
  readonly contractSchema: JsonSchema;
}

export interface LoadedContract {
  /** Not there if a diagnostic is an error. */
  readonly model?: Model;
  /** All that is wrong, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * From the text of a contract to its model. Pure: the same text gives the same model and the same diagnostics, and nothing is read,
 * fetched or thrown, whatever the text is.
 */
export function loadContract({ text, path, contractSchema }: ContractText): LoadedContract {
  const findings = new Findings(path, text);
  const value = parseSource(text, findings);
  if (value !== undefined) {
    checkShape(value, contractSchema, findings);
    checkTasks(value, findings);
    checkSchemas(value, findings);
    checkFormerNames(value, findings);
    checkDescriptions(value, [], findings);
  }
  const diagnostics = findings.diagnostics();
  return findings.failed ? { diagnostics } : { model: buildModel(value, path), diagnostics };
}
